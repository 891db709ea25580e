package generators_test

import (
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// minimum shrinks a case as long as any simpler one still fails.
func minimum(t *testing.T, c scenarios.Case, fails func(scenarios.Case) bool) scenarios.Case {
	t.Helper()
	if !fails(c) {
		t.Fatalf("it does not fail to begin with:\n%s", scenarios.Format(c))
	}
	for range 10_000 {
		moved := false
		for _, simpler := range generators.Shrinks(c) {
			if moved = fails(simpler); moved {
				c = simpler
				break
			}
		}
		if !moved {
			return c
		}
	}
	t.Fatal("shrinking does not end")
	return c
}

func steps(t *testing.T, lines string) scenarios.Case {
	t.Helper()
	c, err := scenarios.Parse([]byte("-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\n" + lines + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func linesOf(c scenarios.Case) string {
	_, lines, _ := strings.Cut(string(scenarios.Format(c)), "-- steps --\n")
	return strings.TrimSuffix(lines, "\n")
}

// argument is the value at a place in the arguments of any call.
func argument(c scenarios.Case, pointer string, is func(scenarios.Value) bool) bool {
	for _, s := range c.Steps {
		if b, ok := s.(scenarios.Burst); ok {
			s = b.Lines[0]
		}
		if call, ok := s.(scenarios.Call); ok {
			if v, ok := call.Args.At(pointer); ok && is(v) {
				return true
			}
		}
	}
	return false
}

func number(least, most int64) func(scenarios.Value) bool {
	return func(v scenarios.Value) bool {
		x, err := v.Decode(100)
		n, ok := x.(interface{ Int64() (int64, error) })
		if err != nil || !ok {
			return false
		}
		i, err := n.Int64()
		return err == nil && i >= least && i <= most
	}
}

// Shrinking by a predicate ends at the exact minimum.
func TestShrinksReachTheMinimum(t *testing.T) {
	has := func(text string) func(scenarios.Case) bool {
		return func(c scenarios.Case) bool { return strings.Contains(linesOf(c), text) }
	}
	at := func(pointer string, is func(scenarios.Value) bool) func(scenarios.Case) bool {
		return func(c scenarios.Case) bool { return argument(c, pointer, is) }
	}
	longer := func(n int64) func(scenarios.Value) bool {
		return func(v scenarios.Value) bool { return v.Kind() == scenarios.String && v.Size()-2 >= n }
	}
	exists := func(scenarios.Value) bool { return true }
	for _, tc := range []struct {
		name, from string
		fails      func(scenarios.Case) bool
		want       string
	}{
		{"any call", "call a {\"x\": 1}\npause 1s\ncall t mutant=m {\"a\": [1, {\"b\": \"text\"}], \"c\": 5}\nopen", has("call t"), `call t mutant=m {}`},
		{"arguments must be there", `call t {"a": [1, {"b": "text"}], "c": 5}`, has("call t {"), `call t {}`},
		{"a property", `call t {"a": [1, {"b": "text"}], "c": 5, "d": {"$repeat": ["A", 1000000]}}`, at("/c", exists), `call t {"c": 0}`},
		{"a number over a threshold", `call t {"n": 987654321}`, at("/n", number(1234, 1<<62)), `call t {"n": 1234}`},
		{"a number below one", `call t {"n": -987654321}`, at("/n", number(-1<<62, -77)), `call t {"n": -77}`},
		{"a number in a range", `call t {"n": 99}`, at("/n", number(42, 99)), `call t {"n": 42}`},
		{"a fraction", `call t {"n": 12.75}`, at("/n", func(v scenarios.Value) bool { return strings.Contains(v.Source(), ".") }), `call t {"n": 12.75}`},
		{"any number", `call t {"n": 1e400}`, at("/n", exists), `call t {"n": 0}`},
		{"a long text", `call t {"s": "the quick brown fox jumps over the lazy dog"}`, at("/s", longer(7)), `call t {"s": "azy dog"}`},
		{"a word in a text", `call t {"s": "the quick brown fox jumps over the lazy dog"}`, has("fox"), `call t {"s": "fox"}`},
		{"two letters in a text", `call t {"s": "the quick brown fox jumps over the lazy dog"}`, func(c scenarios.Case) bool { return has("q")(c) && has("z")(c) }, `call t {"s": "qz"}`},
		{"an expression over a threshold", `call t {"s": {"$repeat": ["A", 10485760]}, "o": 1}`, at("/s", longer(65_537)), `call t {"s": {"$repeat": ["A", 65537]}}`},
		{"a depth", `call t {"o": {"$nest": [0, 20000, "k"]}}`, at("/o", func(v scenarios.Value) bool { return v.Depth() >= 64 }), `call t {"o": {"$nest": [0, 64, "k"]}}`},
		{"an item of a list", `call t {"l": [1, 2, 3, 4, 5, 6, 7, 8, 9, 7]}`, at("/l", func(v scenarios.Value) bool { return strings.Contains(v.String(), "7") }), `call t {"l": [7]}`},
		{"three items", `call t {"l": [1, 2, 3, 4, 5, 6, 7, 8, 9, 7]}`, at("/l", func(v scenarios.Value) bool { return len(v.Items()) >= 3 }), `call t {"l": [0, 0, 0]}`},
		{"two of many properties", `call t {` + manyMembers(150) + `}`, func(c scenarios.Case) bool { return has(`"p020"`)(c) && has(`"p131"`)(c) }, `call t {"p020": "", "p131": ""}`},
		{"a default", `call t {"a": {"$known": ["k", "x"]}}`, at("/a", exists), `call t {"a": ""}`},
		{"one of a burst", "burst 32 as=bob\n\tcall t {\"a\": 1}\n\tcall t {\"a\": 2}", has("call t"), `call t {}`},
		{"a burst of five", "burst 32\n\tcall t {\"a\": 1}\n\tcall t {\"a\": 2}", func(c scenarios.Case) bool { b, ok := c.Steps[0].(scenarios.Burst); return ok && b.N >= 5 }, "burst 5\n\tcall t {}"},
		{"two lines of a burst", "burst 9\n\tcall t {\"a\": 1}\n\tcall t {\"a\": 22}\n\tcall t {\"a\": 33}", func(c scenarios.Case) bool { return strings.Count(linesOf(c), "\n\tcall") >= 2 }, "burst 2\n\tcall t {}\n\tcall t {}"},
		{"two steps in order", "call a\ncall b {\"x\": 1}\ncall c\ncall d\ncall a", func(c scenarios.Case) bool {
			b, d := strings.Index(linesOf(c), "call b"), strings.Index(linesOf(c), "call d")
			return b >= 0 && d > b
		}, "call b {}\ncall d"},
		{"a frame", `raw mutant=m "{\"jsonrpc\":\"2.0\",\"id\":\xff,\"method\":\"x\"}\n"`, has(`\xff`), `raw mutant=m "\xff\n"`},
		{"a frame without an end", `raw "{\"jsonrpc\":\"2.0\""`, has(`:`), `raw ":"`},
		{"what is wrong stays", `raw "{\"jsonrpc\": \"2.0\", \"id\": null, \"method\": \"tools/list\", \"params\": {\"cursor\": \"abc\"}}\n"`, has("jsonrpc"), `raw "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"tools/list\"}\n"`},
		{"attributes", `call t as=bob session=s id=7 header="A: 1" header="B: 2" verb=GET handshake=none protocol=2026-07-28 want=reject mutant=m {}`, has("B: 2"), `call t want=reject mutant=m header="B: 2" {}`},
		{"the params of a notification", `notify n {"a": 1, "b": [1, 2]}`, has(`"b"`), `notify n {"b": []}`},
		{"what is answered", `answer roots/list {"roots": [{"uri": "file:///x"}], "more": 1}`, has(`roots": [`), `answer roots/list {"roots": []}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := linesOf(minimum(t, steps(t, tc.from), tc.fails)); got != tc.want {
				t.Errorf("ends as\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func manyMembers(n int) string {
	var list []string
	for i := range n {
		list = append(list, `"p`+string(rune('0'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10))+`": "x"`)
	}
	return strings.Join(list, ", ")
}

// Whatever fails, shrinking ends, goes through sound cases only, and never
// comes back.
func TestEveryShrinkIsSoundAndNew(t *testing.T) {
	deck, _ := richDeck(t, 5)
	for i := range 150 {
		c, _ := deck.Case(i * 13)
		before := string(scenarios.Format(c))
		for _, s := range generators.Shrinks(c) {
			if err := s.Check(); err != nil {
				t.Fatalf("%v:\n%s", err, scenarios.Format(s))
			}
			after := scenarios.Format(s)
			if string(after) == before {
				t.Fatalf("not changed:\n%s", before)
			}
			if again, err := scenarios.Parse(after); err != nil || string(scenarios.Format(again)) != string(after) {
				t.Fatalf("%v:\n%s", err, after)
			}
			if s.Name != c.Name || s.Origin != c.Origin {
				t.Fatal("another name or origin")
			}
		}
		if string(scenarios.Format(c)) != before {
			t.Fatal("the case itself was changed")
		}
		if generators.LibraryName(c.Origin.Class) != "" {
			if n := len(generators.Shrinks(c)); n > 0 {
				t.Fatalf("%s has %d simpler ones", c.Origin.Class, n)
			}
			continue
		}
		// Everything fails: the way down is as long as it gets.
		least := minimum(t, c, func(scenarios.Case) bool { return true })
		if len(least.Steps) != 1 || len(generators.Shrinks(least)) != 0 {
			t.Fatalf("ends as\n%s", scenarios.Format(least))
		}
	}
}
