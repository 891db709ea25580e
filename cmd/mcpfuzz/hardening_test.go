package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// TestGuideTellsOfEachGuard holds docs/hardening.md to the guards: each has a chapter, whose
// head is made of its row and whose paragraph people wrote, and a topic that leads there.
func TestGuideTellsOfEachGuard(t *testing.T) {
	old := read(t, guide)
	text, paragraphs := chapters(t, old)
	if stray := slices.DeleteFunc(slices.Sorted(maps.Keys(paragraphs)), isGuard); len(stray) > 0 {
		t.Fatalf("there are paragraphs on %q, and no such guards", stray)
	}
	preface := text
	for _, g := range refserver.Guards() {
		if paragraphs[g.Name] == "" {
			t.Errorf("%s has no paragraph", g.Name)
		}
		if !strings.Contains(preface, "](#"+g.Name+")") {
			t.Errorf("no topic leads to %s", g.Name)
		}
		text += chapter(g, paragraphs[g.Name])
	}
	if *update {
		if err := os.WriteFile(guide, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != old {
		t.Error("the heads of the chapters are stale; go test ./cmd/mcpfuzz -run TestGuide -update")
	}
}

// TestFindingsLeadToGuards holds each guard that a finding may name, beside those of the
// rules, to what there is.
func TestFindingsLeadToGuards(t *testing.T) {
	paths, err := filepath.Glob("../../oracles/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, path := range paths {
		for _, fix := range regexp.MustCompile(`(?i)\bfix(?::| =) "([^"]*)"`).FindAllStringSubmatch(read(t, path), -1) {
			named++
			if !isGuard(fix[1]) {
				t.Errorf("%s names %q, which is no guard", path, fix[1])
			}
		}
	}
	if named < 8 {
		t.Errorf("%d guards are named", named)
	}
}

// TestGuideLeadsSomewhere holds what docs/hardening.md leads to to what there is, and each
// guard to one place to be led to.
func TestGuideLeadsSomewhere(t *testing.T) {
	text := read(t, guide)
	heads := map[string]int{}
	for _, head := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		heads[strings.ReplaceAll(strings.ToLower(head[1]), " ", "-")]++
	}
	for _, g := range refserver.Guards() {
		// Of headings that read the same, the second gets another anchor.
		if heads[g.Name] != 1 {
			t.Errorf("%s leads to %d headings", oracles.Guide(g.Name), heads[g.Name])
		}
	}
	for _, to := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(text, -1) {
		if heads[to[1]] != 1 {
			t.Errorf("#%s leads to %d headings", to[1], heads[to[1]])
		}
	}
	declared := declarations(t)
	links := regexp.MustCompile("\\[`([\\w.]+)`[^]]*\\]\\("+linked+`(\w+\.go)\)`).FindAllStringSubmatch(text, -1)
	for _, l := range links {
		if name, file := l[1], l[2]; !slices.Contains(declared[file], name) {
			t.Errorf("%s declares no %s", file, name)
		}
	}
	if n := strings.Count(text, "]("+linked); n != len(links) {
		t.Errorf("%d links lead to code, and %d to something that is declared there", n, len(links))
	}
}

// The guide, the code that it leads to, and how it does.
const (
	guide  = "../../docs/hardening.md"
	linked = "../internal/refserver/"
	coded  = "../" + linked
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func isGuard(name string) bool {
	return slices.ContainsFunc(refserver.Guards(), func(g refserver.Guard) bool { return g.Name == name })
}

// chapters parts the guide: what stands before the chapters, and the paragraph of each.
func chapters(t *testing.T, text string) (preface string, paragraphs map[string]string) {
	t.Helper()
	const head = "\n## "
	parts := strings.Split(text, head)
	paragraphs = map[string]string{}
	for _, part := range parts[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		if _, twice := paragraphs[name]; twice {
			t.Fatalf("%s has two chapters", name)
		}
		made := regexp.MustCompile(`(?m)^>.*\n`)
		paragraphs[name] = strings.TrimSpace(made.ReplaceAllString(rest, ""))
	}
	return parts[0], paragraphs
}

// chapter is what the guide tells of a guard.
func chapter(g refserver.Guard, paragraph string) string {
	return fmt.Sprintf("\n## %s\n\n> It %s.\n>\n> Code: [`%s` in %s](%s). Without it: %s.\n\n%s\n",
		g.Name, g.Doc, g.Code.Func, g.Code.File, linked+g.Code.File, strings.Join(g.Shows, ", "), paragraph)
}

// declarations are the functions, methods and types of the reference server, by file.
func declarations(t *testing.T) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob(coded + "*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			names[filepath.Base(path)] = append(names[filepath.Base(path)], declaredBy(d)...)
		}
	}
	return names
}

// declaredBy names what a declaration declares, a method behind its receiver.
func declaredBy(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		receiver := d.Recv.List[0].Type
		if star, ok := receiver.(*ast.StarExpr); ok {
			receiver = star.X
		}
		return []string{fmt.Sprintf("%s.%s", receiver, d.Name.Name)}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if s, ok := spec.(*ast.TypeSpec); ok {
				names = append(names, s.Name.Name)
			}
		}
	}
	return names
}
