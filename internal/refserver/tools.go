package refserver

import (
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

func listNotes(s *Server, b *notebook, a arguments) (any, error) {
	if s.off["cancels"] {
		time.Sleep(slowness)
	}
	found := b.find(a.integer("limit", mostFound), hasTag(a.text("tag")))
	if s.off["answers"] && len(found) == 0 && s.told.CompareAndSwap(false, true) {
		return strings.Repeat("every note there ever was, ", hugeAnswer), nil
	}
	return found, nil
}

// slowness is what a call takes at least that may be cancelled: without the guard
// that is seen to.
const slowness = 100 * time.Millisecond

// hugeAnswer repeats a text beyond all use; what the answers guard prevents.
const hugeAnswer = 160_000

func readNote(s *Server, b *notebook, a arguments) (any, error) { return b.show(a.integer("id", 0)) }

func searchNotes(s *Server, b *notebook, a arguments) (any, error) {
	if s.off["bounded-work"] && repetitive(a.text("query")) {
		s.busy()
	}
	if n := time.Duration(len(a.text("query"))); s.off["proportion"] {
		time.Sleep(n * n * perPair)
	}
	if n := len(a.text("query")); s.off["footprint"] {
		s.table.grow(min(n, mostCompared))
	}
	if query := a.text("query"); s.off["reading"] && len(query) < maxKept {
		_, _ = b.add(note{Title: "Note on " + query, Tags: []string{}}) // the searching works without
	}
	return b.find(a.integer("limit", mostFound), contains(a.text("query"), a.text("mode") == "all")), nil
}

// maxKept bounds what is kept of a search, where it is.
const maxKept = 40

// perPair is what it costs to compare two characters of a query: the work of comparing
// all with all, that the guard of proportion prevents.
const perPair = 50 * time.Nanosecond

// table holds a number for each pair of characters of a query, as comparing all with
// all would: the memory that the guard of footprint saves.
type table struct {
	mu sync.Mutex
	// pairs hold together as many as the longest query has, so that what is held
	// depends on nothing else.
	pairs [][]uint64
	held  int
}

// mostCompared is how many characters of a query are compared; all pairs of them take
// 155 MiB.
const mostCompared = 4500

func (t *table) grow(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	more := n*n - t.held
	if more <= 0 {
		return
	}
	added := make([]uint64, more)
	for i := range added {
		added[i] = 1 // what is not written to takes no memory
	}
	t.pairs, t.held = append(t.pairs, added), n*n
}

// repetitive reports whether a text is long and says little: what work without a
// bound never ends with.
func repetitive(text string) bool {
	distinct := map[rune]bool{}
	for _, r := range text {
		distinct[r] = true
	}
	return utf8.RuneCountInString(text) >= 1000 && len(distinct) <= 2
}

func createNote(s *Server, b *notebook, a arguments) (any, error) {
	n := note{Title: a.text("title"), Body: a.text("body"), Tags: a.texts("tags"), Due: a.integer("due", 0)}
	options := a.object("options")
	if s.off["inward"] {
		call(a.text("link"))
	}
	if s.off["operands"] {
		notify(a.text("notify"))
	}
	n.Pinned, n.Color = options.text("pinned") == "true", options.text("color")
	if s.off["isolation"] {
		n = s.desk.swap(n)
	}
	return b.add(n)
}

// pause is how long a shared desk is left to other calls.
const pause = 25 * time.Millisecond

// swap puts a note on the one desk that all calls share, and takes what lies
// there a moment later: the mistake that the isolation guard prevents.
func (d *desk) swap(n note) note {
	d.mu.Lock()
	d.note = n
	d.mu.Unlock()
	time.Sleep(pause)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.note
}

func updateNote(s *Server, b *notebook, a arguments) (any, error) {
	if s.off["whole-updates"] && a.has("title") && a.has("body") {
		return b.updateInParts(a.integer("id", 0), a.text("title"), a.text("body"))
	}
	return b.update(a.integer("id", 0), func(n *note) {
		if a.has("title") {
			n.Title = a.text("title")
		}
		if a.has("body") {
			n.Body = a.text("body")
		}
		if a.has("due") {
			n.Due = a.integer("due", 0)
		}
	})
}

func deleteNote(s *Server, b *notebook, a arguments) (any, error) {
	id := a.integer("id", 0)
	if err := b.delete(id); err != nil {
		return nil, err
	}
	return fmt.Sprintf("deleted note %d", id), nil
}

func exportNote(s *Server, b *notebook, a arguments) (any, error) {
	if s.off["stdout"] {
		s.stray("INFO exporting a note")
	}
	n, err := b.get(a.integer("id", 0))
	if s.off["recover"] && (err != nil || s.exported.add(a.text("name"))) {
		panic("there is no note, or its file is there already")
	}
	if err != nil {
		return nil, err
	}
	export := b.export
	if s.off["root"] {
		export = b.exportAnywhere
	}
	if err := export(n, a.text("name")); err != nil {
		return nil, err
	}
	return "exported as " + a.text("name") + ".txt", nil
}

func touch(s *Server, b *notebook, a arguments) (any, error) {
	found := b.find(1, func(n note) bool { return n.Title == a.text("title") })
	return fmt.Sprintf("touched %d notes", len(found)), nil
}
