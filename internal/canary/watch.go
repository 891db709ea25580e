package canary

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Watch plants for one case and sees what becomes of it. It is not safe for concurrent
// use; each of several cases at once has its own, and sees nothing of the others.
type Watch struct {
	yard  *Yard
	plots []*plot
}

// Watch begins to watch a case. Close must be called in the end.
func (y *Yard) Watch() *Watch { return &Watch{yard: y} }

// Text plants what a $canary expression of that name leads to, and returns what it
// stands for; false where there is no such name, or nothing can be planted.
func (w *Watch) Text(name string) (string, bool) {
	form, ok := scenarios.CanaryOf(name)
	if !ok {
		return "", false
	}
	p, err := w.yard.newPlot(form)
	w.plots = append(w.plots, p)
	return form.Text(p.Plot), err == nil
}

// Planted is what has become so far of all that was planted.
func (w *Watch) Planted() []scenarios.Planted {
	var list []scenarios.Planted
	for _, p := range w.plots {
		t := w.yard.listener.trace(p.Word)
		seen := scenarios.Planted{
			Form: p.form, Word: p.Word, Secrets: []string{p.content, p.folder, p.answers},
			Changed: p.changed(), Called: t.called, Asked: t.asked, Passed: t.passed,
		}
		if p.form.Group == scenarios.CanaryArgument {
			seen.Started = w.yard.startedWith(p.Word)
		}
		list = append(list, seen)
	}
	return list
}

// Close removes what was planted for the case.
func (w *Watch) Close() {
	for _, p := range w.plots {
		w.yard.listener.forget(p.Word)
		for _, path := range p.all() {
			// What is left goes with the yard.
			_ = os.RemoveAll(path)
		}
	}
	w.plots = nil
}

// changed says what is not as it was planted, "" for nothing.
func (p *plot) changed() string {
	for _, dir := range []string{p.Outside, p.Sibling} {
		if what := p.changedIn(dir); what != "" {
			return what
		}
	}
	return ""
}

func (p *plot) changedIn(dir string) string {
	content, err := os.ReadFile(filepath.Join(dir, scenarios.CanaryFile))
	switch {
	case err != nil:
		return "a file was removed"
	case string(content) != p.content+"\n":
		return "a file was changed"
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "a folder can no longer be read"
	}
	folder := false
	for _, e := range entries {
		switch e.Name() {
		case scenarios.CanaryFile:
		case p.folder:
			folder = true
		default:
			return fmt.Sprintf("%.40q was made", e.Name())
		}
	}
	if within, err := os.ReadDir(filepath.Join(dir, p.folder)); !folder || err != nil || len(within) > 0 {
		return "a folder was changed"
	}
	return ""
}
