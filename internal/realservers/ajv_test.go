//go:build realservers

package realservers

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// How many generated calls of each catalogue are compared, and how many valid ones
// are made of each of its tools; and in the short form.
const (
	compared, validCalls           = 7_200, 200
	shortCompared, shortValidCalls = 500, 20
)

// What our label says of a call is what ajv says, a validator of others in another
// language; formats are left out on both sides. What either cannot tell is counted
// by kind. Every call that is made to be valid is valid to ajv.
func TestLabelsAgreeWithAjv(t *testing.T) {
	calls, valid := compared, validCalls
	if testing.Short() {
		calls, valid = shortCompared, shortValidCalls
	}
	s := second{modules: npmInstall(t, cache(t), "ajv"), kinds: map[string]int{}}
	list := catalogs(t)
	for _, id := range slices.Sorted(maps.Keys(list)) {
		t.Run(id+"/labels", func(t *testing.T) { s.agrees(t, list[id], calls) })
		t.Run(id+"/valid", func(t *testing.T) { s.allows(t, list[id], valid) })
	}
	for _, kind := range slices.Sorted(maps.Keys(s.kinds)) {
		t.Logf("not compared: %d calls: %s", s.kinds[kind], kind)
	}
	t.Logf("%d calls compared, of which %d are refused", s.compared, s.refused)
	if s.refused == 0 || s.refused == s.compared {
		t.Error("that is no comparison: both kinds must occur")
	}
}

// second is a second opinion, ajv's, and what it was asked.
type second struct {
	modules           string
	compared, refused int
	// kinds counts what could not be compared.
	kinds map[string]int
}

// agrees compares the labels of n generated calls.
func (s *second) agrees(t *testing.T, c *scenarios.Catalog, n int) {
	calls := s.deal(c, n)
	if len(calls) < n {
		t.Errorf("%d calls can be compared, want %d", len(calls), n)
	}
	for i, verdict := range s.ask(t, c, calls) {
		refused := calls[i].label.Want == scenarios.WantReject
		switch {
		case verdict == untold:
			s.kinds["ajv cannot tell"]++
			continue
		case refused:
			s.refused++
		}
		s.compared++
		if refused == (verdict == allowed) {
			t.Errorf("%s of %s: %s\nlabelled %+v\najv says %s", calls[i].class, calls[i].tool, calls[i].args, calls[i].label, verdict)
		}
	}
}

// allows holds n calls of each tool that are made to be valid to be so.
func (s *second) allows(t *testing.T, c *scenarios.Catalog, n int) {
	calls := valid(t, c, n)
	for i, verdict := range s.ask(t, c, calls) {
		if verdict != allowed && verdict != untold {
			t.Errorf("a valid call of %s: %s\najv says %s", calls[i].tool, calls[i].args, verdict)
		}
	}
}

// catalogs are the tools of the servers of this form, and those that the
// generators are tested with, whose schemas hold what is rare.
func catalogs(t *testing.T) map[string]*scenarios.Catalog {
	t.Helper()
	rare, err := os.ReadFile(filepath.Join("..", "..", "generators", "testdata", "catalog.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := scenarios.ParseCatalog(rare)
	if err != nil {
		t.Fatal(err)
	}
	list, at := map[string]*scenarios.Catalog{"rare": c}, cache(t)
	for _, s := range servers() {
		if s.url == "" && (s.short || !testing.Short()) {
			t.Run("list "+s.id, func(t *testing.T) { list[s.id] = s.list(t, s.source(t, at, s.version)) })
		}
	}
	return list
}

// call is a generated call of a tool and what its schema says of it.
type call struct {
	class, tool string
	args        json.RawMessage
	label       scenarios.Label
}

// valid makes n valid calls of each tool.
func valid(t *testing.T, c *scenarios.Catalog, n int) []call {
	t.Helper()
	var calls []call
	for _, tool := range c.Tools() {
		s := generators.NewSubject(c, tool)
		for seed := range uint64(n) {
			args, ok := generators.Valid(generators.FromSeed(seed), s)
			if !ok {
				t.Fatalf("no valid call of %s can be made", tool.Name)
			}
			text, err := literal(args)
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, call{tool: tool.Name, args: text})
		}
	}
	return calls
}

// deal deals generated cases until n of their calls can be compared, or hardly any
// can be.
func (s *second) deal(c *scenarios.Catalog, n int) []call {
	every := func(scenarios.Tool) bool { return true }
	pairs := slices.DeleteFunc(generators.Plan(c, every), func(p generators.Pair) bool { return generators.LibraryName(p.Class) != "" })
	deck := generators.NewDeck(1, c, pairs)
	var calls []call
	for i := 0; len(calls) < n && i < 10*n; i++ {
		made, pair := deck.Case(i)
		for _, step := range made.Steps {
			sent, ok := step.(scenarios.Call)
			if !ok {
				continue
			}
			label := c.WantOf(sent)
			args, why := comparable(c, sent, label)
			if why != "" {
				s.kinds[why]++
				continue
			}
			calls = append(calls, call{pair.Class, sent.Tool, args, label})
		}
	}
	return calls
}

// What ajv answers where nothing is wrong, and where it cannot tell.
const (
	allowed = "true"
	untold  = "null"
)

// ask asks ajv about calls of the tools of a catalogue.
func (s *second) ask(t *testing.T, c *scenarios.Catalog, calls []call) []string {
	t.Helper()
	var in, errs bytes.Buffer
	enc := json.NewEncoder(&in)
	schemas, places := []json.RawMessage{}, map[string]int{}
	for i, tool := range c.Tools() {
		schemas, places[tool.Name] = append(schemas, tool.Input), i
	}
	err := enc.Encode(schemas)
	for _, call := range calls {
		err = errors.Join(err, enc.Encode([]any{places[call.tool], call.args}))
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join("npm", "ajv", "judge.js"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+s.modules)
	cmd.Stdin, cmd.Stderr = &in, &errs
	out, err := cmd.Output()
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil || len(answers) != len(calls) {
		t.Fatalf("ajv answers %d of %d calls: %v\n%s", len(answers), len(calls), err, &errs)
	}
	return answers
}
