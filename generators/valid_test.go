package generators_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// draws are many ways to choose: nothing, seeds, and tapes that run out.
func draws(n int) []*generators.Draw {
	list := []*generators.Draw{generators.FromTape(nil)}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range n {
		list = append(list, generators.FromSeed(uint64(i)))
		tape := make([]byte, r.IntN(12))
		for j := range tape {
			tape[j] = byte(r.IntN(256))
		}
		list = append(list, generators.FromTape(tape))
	}
	return list
}

// Valid arguments can be made for every tool, whatever is drawn, and both
// validators take them.
func TestValidIsValid(t *testing.T) {
	c := richCatalog(t)
	for _, tool := range c.Tools() {
		s := generators.NewSubject(c, tool)
		other := secondOpinion(t, tool)
		texts := map[string]bool{}
		for i, d := range draws(40) {
			args, ok := generators.Valid(d, s)
			if !ok {
				t.Errorf("%s: nothing valid from draw %d", tool.Name, i)
				continue
			}
			l := c.WantOf(scenarios.Call{Tool: tool.Name, Args: args})
			if l.Want == scenarios.WantReject || len(l.Unjudged) > 0 {
				t.Errorf("%s: %s: %+v", tool.Name, args, l)
			}
			for _, b := range l.Loose {
				if b.Keyword == "format" || b.Keyword == "additionalProperties" {
					t.Errorf("%s: %s has at %s: %s", tool.Name, args, b.Pointer, b.Detail)
				}
			}
			if other != nil {
				if err := other.Validate(decoded(t, args)); err != nil {
					t.Errorf("%s: %s: the other validator says %v", tool.Name, args, err)
				}
			}
			texts[args.String()] = true
		}
		if least := map[bool]int{true: 3, false: 1}[strings.Contains(string(tool.Input), `"properties": {"`)]; len(texts) < least {
			t.Errorf("%s: only %d different arguments", tool.Name, len(texts))
		}
	}
}

// secondOpinion is an independent validator of a tool's schema; nil where that
// cannot read it.
func secondOpinion(t *testing.T, tool scenarios.Tool) *jsonschema.Resolved {
	t.Helper()
	// It goes round in the circle that the one holds, and takes no 0.7 for a
	// multiple of 0.1, as the other wants it.
	if tool.Name == "evaluate" || tool.Name == "set_price" {
		return nil
	}
	var s jsonschema.Schema
	if json.Unmarshal(tool.Input, &s) != nil || strings.Contains(s.Schema, "draft-04") {
		return nil
	}
	r, err := s.Resolve(nil)
	if err != nil {
		return nil
	}
	return r
}

// decoded is a value as that validator takes it.
func decoded(t *testing.T, v scenarios.Value) any {
	t.Helper()
	wire, err := v.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	var x any
	if err := json.Unmarshal(wire, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// Two validators agree on everything that is generated, where both can judge.
func TestLabelsAgreeWithAnotherValidator(t *testing.T) {
	c := richCatalog(t)
	compared, refused, without := 0, 0, 0
	for _, tool := range c.Tools() {
		other := secondOpinion(t, tool)
		if other == nil {
			without++
			continue
		}
		s := generators.NewSubject(c, tool)
		for _, g := range generators.All() {
			if !g.Applies(s) || generators.NeedsCanaries(g.ID) {
				continue
			}
			for seed := range uint64(8) {
				call, ok := g.Steps(generators.FromSeed(seed), s)[0].(scenarios.Call)
				if !ok || call.Tool != tool.Name || !comparable(call.Args) {
					continue
				}
				args, err := call.Args.Resolve(func(scenarios.Ref) (scenarios.Value, bool) { return scenarios.Value{}, false })
				if err != nil {
					t.Fatal(err)
				}
				l := c.WantOf(call)
				verdict := other.Validate(decoded(t, args))
				compared++
				if l.Want == scenarios.WantReject {
					refused++
				}
				if (l.Want == scenarios.WantReject) != (verdict != nil) {
					t.Errorf("%s %s: %s: %+v, the other validator says %v", tool.Name, g.ID, args, l, verdict)
				}
			}
		}
	}
	if compared < 4000 || refused < compared/3 || refused > compared*9/10 || without > 4 {
		t.Errorf("compared %d cases of which %d are refused; %d tools could not be read", compared, refused, without)
	}
}

// comparable reports whether the other validator sees the same arguments: it
// works with float64, and takes time for what is large.
func comparable(args scenarios.Value) bool {
	text := args.String()
	return args.Kind() == scenarios.Object && args.Size() < 64<<10 && args.Depth() < 100 &&
		!strings.Contains(text, "1e400") && !strings.Contains(text, "9007199254740993")
}
