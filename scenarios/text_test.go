package scenarios_test

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// everyStep reads a scenario with a step of every kind and every expression.
func everyStep(tb testing.TB) scenarios.Case {
	tb.Helper()
	src, err := os.ReadFile("testdata/whole-grammar.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	c, err := scenarios.Parse(src)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestEveryStepIsReadAndWritten(t *testing.T) {
	c := everyStep(t)
	if len(c.Steps) != 16 || c.Origin.Index != 12 || c.Finding.Step != "9.2" {
		t.Fatalf("read as %+v", c)
	}
	text := scenarios.Format(c)
	again, err := scenarios.Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !reflect.DeepEqual(c, again) {
		t.Fatalf("not the same after\n%s", text)
	}
}

func TestParseErrors(t *testing.T) {
	const head = "-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\n"
	for _, tc := range []struct{ name, src, want string }{
		{"empty", "", `section "-- scenario --" is missing`},
		{"no steps section", "-- scenario --\nformat: mcpfuzz/1\nname: x\n", `section "-- steps --" is missing`},
		{"no steps", head, "there are no steps"},
		{"unknown section", "-- scenarios --\n", `did you mean "scenario"?`},
		{"section twice", head + "call x\n-- steps --\ncall x\n", "line 6: the section \"steps\" stands twice"},
		{"unknown key", "-- scenario --\nformt: mcpfuzz/1\n", `line 2: there is no key "formt"; did you mean "format"?`},
		{"newer format", "-- scenario --\nformat: mcpfuzz/2\nname: x\n-- steps --\ncall x\n", "newer than this program reads"},
		{"no name", "-- scenario --\nformat: mcpfuzz/1\n-- steps --\ncall x\n", `the key "name" is missing`},
		{"bad name", strings.Replace(head, "name: x", "name: ../x", 1) + "call x\n", "the name"},
		{"unknown step", head + "cal x\n", `line 5: "cal" is no step; did you mean "call"?`},
		{"unknown attribute", head + "call x wnat=reject {}\n", `there is no attribute "wnat"; did you mean "want"?`},
		{"unknown want", head + "call x want=refuse {}\n", "none of accept, reject, any"},
		{"unquoted name", head + "call \u00e9t\u00e9\n", "must be quoted"},
		{"bad json", head + "call x {\"a\": }\n", "is no JSON value"},
		{"two values", head + "call x {} {}\n", "something follows the value"},
		{"unknown expression", head + "call x {\"a\": {\"$repeet\": [\"A\", 3]}}\n", `did you mean "$repeat"?`},
		{"too large", head + "call x {\"a\": {\"$repeat\": [\"A\", 5000000000]}}\n", "more than 1 GiB"},
		{"indented under call", head + "call x\n\tcall y\n", "line 6: only a burst has indented lines"},
		{"burst without lines", head + "burst 3\n", "no lines under it"},
		{"raw in burst", head + "burst 3\n\traw \"x\"\n", "call and request lines only"},
		{"too many", head + "burst 100000\n\tcall x\n", "want 1 to 10000"},
		{"long pause", head + "pause 2h\n", "want at most"},
		{"bad capability", head + "open can=$x\n", "no capability"},
		{"bad retry", head + "call a retry=x:accept\n", "names no step"},
		{"bad answer", head + "call a retry=1:perhaps\n", "none of the answers"},
		{"bad state", head + "call a retry=1:accept:new\n", "none of the states"},
		{"bad cancel", head + "cancel 0\n", "counted from 1"},
		{"bad disconnect", head + "disconnect 0\n", "counted from 1"},
		{"bad fetch", head + "fetch 0 as=none\n", "counted from 1"},
		{"raw without quotes", head + "raw {}\n", "double quotes"},
		{"attribute twice", head + "call x as=a as=b\n", "stands twice"},
		{"finding without step", head + "call x\n-- finding --\nsignature: a\n", `the key "step" is missing`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := scenarios.Parse([]byte(tc.src))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestLibraryIsSound(t *testing.T) {
	library := scenarios.Library()
	if len(library) < 25 {
		t.Fatalf("only %d scenarios", len(library))
	}
	for _, c := range library {
		if c.Note == "" {
			t.Errorf("%s: says not why it exists", c.Name)
		}
	}
}

func TestErrorsKnowTheirLine(t *testing.T) {
	for src, line := range map[string]int{
		"note\n\n-- scenario --\nformat: mcpfuzz/1\nnames: x\n":                                              5,
		"-- scenario --\nformat: mcpfuzz/1\nname: x\n\n-- steps --\n# a\n\ncall x {\n":                       8,
		"-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\nburst 2\n\tcall x\n\t# a\n\tcal y\n":       8,
		"-- scenario --\nformat: mcpfuzz/1\nname: x\n-- steps --\ncall x\n-- finding --\nstep: 1\nstep: 2\n": 8,
	} {
		_, err := scenarios.Parse([]byte(src))
		var at *scenarios.LineError
		if !errors.As(err, &at) || at.Line != line {
			t.Errorf("%q: %v, want line %d", src, err, line)
		}
	}
}

// Any prose becomes a note that can be written down and read back.
func TestNotes(t *testing.T) {
	for _, prose := range []string{
		"", "plain", "two\nlines", "  -- steps --", "a\n-- steps --\nb", "--  --", "--   --", "-- -- -- --", "\r\n-- x --\r\ny",
		"no UTF-8 \xff", "\ttab\n\n\n  end  ", "-- x --\n-- y --", "# not a comment", "\u00a0wide blanks\u2003", "---- x --", "-- x --\t",
	} {
		c := scenarios.Case{Name: "x", Note: scenarios.CleanNote(prose), Steps: []scenarios.Step{scenarios.Open{}}}
		if err := c.Check(); err != nil {
			t.Errorf("%q: %v", prose, err)
			continue
		}
		again, err := scenarios.Parse(scenarios.Format(c))
		if err != nil || again.Note != c.Note {
			t.Errorf("%q: written as %q, read as %q, %v", prose, c.Note, again.Note, err)
		}
	}
}

// Names and attributes may hold anything.
func TestOddNamesAreReadBack(t *testing.T) {
	for _, odd := range []string{"x", "a b", "", "want=reject", `"`, `\`, "\x00", "\xff\n", "{}", "#", "été", "-- x --", "\u2028", "1e400", "a=b", "\t"} {
		a := scenarios.Attrs{
			Want: scenarios.WantReject, Mutant: odd, As: odd, Session: odd, ID: odd, Headers: []string{odd, "X: " + odd, odd},
			Verb: odd, Handshake: odd, Protocol: odd, Can: []string{"roots", "roots"}, Retry: scenarios.Retry{Of: 2, Answer: scenarios.AnswerWrong},
		}
		call := scenarios.Call{Attrs: a, Tool: odd, Args: scenarios.Str(odd)}
		c := scenarios.Case{
			Name: "x", Origin: scenarios.Origin{Seed: 1<<64 - 1, Index: 3, Class: odd}, Finding: &scenarios.Mark{Signature: odd, Step: "1"},
			Steps: []scenarios.Step{
				call,
				scenarios.Request{Attrs: a, Method: odd},
				scenarios.Notify{Attrs: a, Method: odd, Params: scenarios.Bytes(odd)},
				scenarios.Burst{Attrs: a, N: 3, Lines: []scenarios.Step{call, scenarios.Request{Method: odd}}},
				scenarios.Raw{Attrs: a, Bytes: odd},
				scenarios.Open{Attrs: a},
				scenarios.Answer{Method: odd, Result: scenarios.Of(true)},
				scenarios.Gen{Class: odd, N: 1},
				scenarios.Pause{For: 1},
			},
		}
		again, err := scenarios.Parse(scenarios.Format(c))
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("%q: %v\n%s", odd, err, scenarios.Format(c))
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	open := []scenarios.Step{scenarios.Open{}}
	huge := scenarios.Arr(scenarios.Repeat(scenarios.Str("A"), 1<<29), scenarios.Repeat(scenarios.Str("A"), 1<<29))
	for want, c := range map[string]scenarios.Case{
		"the name":           {Name: "A", Steps: open},
		"the note":           {Name: "x", Note: " x", Steps: open},
		"the protocol":       {Name: "x", Protocol: "latest", Steps: open},
		"the deadline -1ns":  {Name: "x", Deadline: -1, Steps: open},
		"the deadline 1h":    {Name: "x", Deadline: time.Hour, Steps: open},
		"no steps":           {Name: "x"},
		"10001 steps":        {Name: "x", Steps: slices.Repeat(open, 10_001)},
		"the finding's step": {Name: "x", Steps: open, Finding: &scenarios.Mark{Signature: "s", Step: "first"}},
		"step 2: pause":      {Name: "x", Steps: []scenarios.Step{open[0], scenarios.Pause{For: -1}}},
		"gen P1 0":           {Name: "x", Steps: []scenarios.Step{scenarios.Gen{Class: "P1"}}},
		"burst 0":            {Name: "x", Steps: []scenarios.Step{scenarios.Burst{}}},
		"step 1: it expands": {Name: "x", Steps: []scenarios.Step{scenarios.Call{Args: huge}}},
		"it expands":         {Name: "x", Steps: []scenarios.Step{scenarios.Burst{N: 1, Lines: []scenarios.Step{scenarios.Request{Params: huge}}}}},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
