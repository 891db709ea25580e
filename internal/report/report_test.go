package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// finding makes one finding of a summary.
func finding(severity, rule, spec, tool, mutant, message string) record.Finding {
	return record.Finding{
		Oracle: "accepted", Signature: strings.Join([]string{"accepted-invalid", tool, mutant}, "/"),
		Severity: severity, Rule: rule, Spec: spec, Tool: tool, Mutant: mutant, Message: message,
		Confirmed: record.ConfirmedProcess, Fix: "types", Guide: "docs/hardening.md#types", Reproduce: "mcpfuzz replay found/" + mutant + ".txtar -- ./server",
	}
}

// advice makes one piece of advice.
func advice(oracle, rule, spec, tool, message string) record.Finding {
	f := finding("info", rule, spec, tool, "", message)
	f.Oracle, f.Signature, f.Confirmed, f.Fix, f.Guide, f.Reproduce, f.Case = oracle, oracle+"/"+tool, record.ConfirmedCatalog, "catalogue", "docs/hardening.md#catalogue", "", record.NoCase
	return f
}

// advised are findings with advice: on one tool, and of one kind on many.
func advised() record.Summary {
	findings := []record.Finding{
		finding("high", "H15", "ENV-05", "write", "extra@/b", "a second answer came under the id 17"),
		advice("no-hints", "H12", "CAT-03", "write", "it has neither readOnlyHint nor destructiveHint"),
	}
	for _, tool := range []string{"a", "b", "c", "d", "e", "f", strings.Repeat("long", 100), "h"} {
		findings = append(findings, advice("no-description", "", "CAT-06", tool, "the tool has no description"))
	}
	return summary(findings...)
}

func summary(findings ...record.Finding) record.Summary {
	report.Sort(findings)
	return record.Summary{
		Version: 1, Target: "./server --stdio", Protocol: "2025-11-25", Seed: 7, Cases: 120, Calls: 345, Seconds: 2.25,
		Outcomes: map[string]int{"rejected": 300, "accepted": 45},
		Tested:   record.Tested{Tools: []string{"a", "b", "c"}, ToolsListed: 14, Rules: []string{"H1", "H3", "H4"}, RulesKnown: 16, Pairs: 90, PairsKnown: 96},
		Findings: findings,
	}
}

// several are findings of each severity, two that differ by their mutant alone,
// and what does not count.
func several() record.Summary {
	flaky := finding("critical", "H15", "TOOL-12", "read", "burst", `a call of "read" (burst), one of 31 at once, got no answer`)
	flaky.Confirmed, flaky.Reproduce = record.Flaky, ""
	untried := finding("info", "H5", "", "read", "oversized@/a", "the schema has no bounds")
	untried.Confirmed = record.Unconfirmed
	typed := finding("medium", "H4", "TOOL-05", "read", "no-string@/a", `a call of "read" (no-string@/a) was accepted although at /a got number, want string`)
	typed.HowOften = "0.08 % of average calls look like this (measured)"
	return summary(
		flaky, untried,
		finding("low", "H15", "ENV-15", "", "name-missing", "the error for a tools/call request has code 0"),
		typed,
		finding("medium", "H4", "TOOL-05", "read", "null@/a", `a call of "read" (null@/a) was accepted although at /a got null, want string`),
		finding("critical", "H1", "TOOL-01", "", "invented", `a call of "fetch" (invented) was accepted although no tool of that name is listed`),
		finding("high", "H15", "ENV-05", "write", "extra@/b", "a second answer came under the id 17"),
	)
}

func TestTable(t *testing.T) {
	untested := summary()
	untested.Cases, untested.Calls, untested.Outcomes, untested.Protocol = 0, 0, nil, ""
	untested.Tested = record.Tested{ToolsListed: 4, RulesKnown: 16}
	untested.Skipped = []record.Skip{
		{Tool: "a", Why: report.NotReadOnly},
		{Tool: "b", Why: "left out by --skip-tool"},
		{Tool: "c", Why: report.NotReadOnly},
		{Tool: "d", Why: "with an input schema that cannot be used: no object"},
	}
	stopped := several()
	stopped.Seconds, stopped.Stopped = 0, "the run was ended before it wrote its summary"
	stopped.Inconclusive = []record.Inconclusive{{What: "read", Why: "no valid call could be made up from its schema"}}
	empty := summary()
	empty.Cases, empty.Calls, empty.Outcomes, empty.Tested = 0, 0, nil, record.Tested{RulesKnown: 16}

	advisedUntested := untested
	advisedUntested.Findings = advised().Findings[1:]

	for _, test := range []struct {
		name string
		s    record.Summary
		opts report.Options
	}{
		{"wide", several(), report.Options{Width: 160}},
		{"plain", several(), report.Options{Width: 120}},
		{"narrow", several(), report.Options{Width: 80}},
		{"color", several(), report.Options{Width: 120, Color: true}},
		{"advised", advised(), report.Options{Width: 120}},
		{"advised-untested", advisedUntested, report.Options{Width: 120}},
		{"none", summary(), report.Options{Width: 120}},
		{"untested", untested, report.Options{Width: 120}},
		{"empty", empty, report.Options{Width: 120}},
		{"stopped", stopped, report.Options{Width: 120}},
		{"hostile", hostile(), report.Options{Width: 120}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := table(t, test.s, test.opts)
			golden := filepath.Join("testdata", test.name+".golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("printed\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestAdviceStandsToolByTool(t *testing.T) {
	var b bytes.Buffer
	if err := report.Advice(&b, advised(), report.Options{Width: 120}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	a, high, info := strings.Index(text, "\n a "), strings.Index(text, " high "), strings.LastIndex(text, " info ")
	if a < 0 || a > high || high > info || !strings.HasSuffix(text, "\n10 remarks on 14 tools; no tool was called\n") {
		t.Errorf("printed %s", text)
	}
	b.Reset()
	hostile := hostile()
	hostile.Findings = slices.Repeat(hostile.Findings, 1100)
	if err := report.Advice(&b, hostile, report.Options{Width: 120}); err != nil || b.Len() > 8<<20 || !strings.Contains(b.String(), "\nand 100 more,") {
		t.Errorf("%d bytes for 1100 remarks, %v", b.Len(), err)
	}
	for _, r := range b.String() {
		if r != '\n' && r != ' ' && !unicode.IsPrint(r) {
			t.Fatalf("printed %U", r)
		}
	}
}

func table(t *testing.T, s record.Summary, opts report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Table(&b, s, opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostile is a summary all of whose texts a server chose.
func hostile() record.Summary {
	const evil = "\x1b]0;owned\a\x1b[31m\r\n\u202efdp.exe\u2066\u200f\u0085\u009bK \xff"
	f := finding("high", "H1", "TOOL-01", evil, evil, "a call of "+evil+" was accepted; "+strings.Repeat("x", 1<<20))
	f.Reproduce = "mcpfuzz replay found/x.txtar -- './" + evil + "'"
	s := summary(f)
	s.Target, s.Protocol, s.Stopped = evil, evil, evil
	s.Skipped = []record.Skip{{Tool: evil, Why: evil}}
	s.Inconclusive = []record.Inconclusive{{What: evil, Why: evil + strings.Repeat("y", 1<<20)}}
	return s
}

func TestHostileTextIsHarmlessAndShort(t *testing.T) {
	for _, r := range string(table(t, hostile(), report.Options{Width: 120})) {
		if r != '\n' && r != ' ' && !unicode.IsPrint(r) {
			t.Fatalf("printed %U", r)
		}
	}
	if n := len(table(t, hostile(), report.Options{Width: 120})); n > 8000 {
		t.Errorf("printed %d bytes", n)
	}
}

// A server with any number of tools does not fill the screen.
func TestManyInconclusiveAreCounted(t *testing.T) {
	s := summary()
	for i := range 1000 {
		s.Inconclusive = append(s.Inconclusive, record.Inconclusive{What: "t", Why: fmt.Sprint("w", i)})
	}
	text := string(table(t, s, report.Options{Width: 120}))
	if n := strings.Count(text, "inconclusive: t: w"); n != 10 || !strings.Contains(text, "inconclusive: 990 verdicts more\n") {
		t.Errorf("%d are told one by one, in\n%s", n, text)
	}
}

func TestRowsFitTheWidthAndLoseNothing(t *testing.T) {
	rows := [][]string{
		{"1", "a-word-that-is-far-wider-than-any-column-can-be-in-a-narrow-table", "short"},
		{"22", "many words that must be broken into lines somewhere between two of them", "wörld 世界 世界世界世界世界世界世界世界"},
	}
	for width := 40; width <= 200; width += 3 {
		var b bytes.Buffer
		if err := report.Rows(&b, []string{"#", "text", "more"}, rows, report.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := twwidth.Width(strings.TrimRight(line, "\n")); n > width {
				t.Fatalf("at width %d a line is %d wide: %q", width, n, line)
			}
		}
		for _, row := range rows {
			for _, cell := range row {
				if got, want := count(b.String()), count(cell); !holds(got, want) {
					t.Fatalf("at width %d something of %q is lost:\n%s", width, cell, &b)
				}
			}
		}
	}
}

// count tells how often each letter stands in a text.
func count(s string) map[rune]int {
	n := map[rune]int{}
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n[r]++
		}
	}
	return n
}

func holds(all, some map[rune]int) bool {
	for r, n := range some {
		if all[r] < n {
			return false
		}
	}
	return true
}

func TestSortPutsTheWorstThatCountsFirst(t *testing.T) {
	var order []string
	for _, f := range several().Findings {
		order = append(order, f.Severity+" "+f.Confirmed)
	}
	want := []string{
		"critical process", "high process", "medium process", "medium process", "low process",
		"critical flaky", "info unconfirmed",
	}
	if !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
}

// The fields of the JSON are a contract with scripts: none may go, and a new one
// is a decision.
func TestJSONHoldsTheFieldsOfTheContract(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, several()); err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	checkFields(t, "summary", got,
		"version", "target", "protocol", "seed", "cases", "calls", "duration_seconds", "error_quality", "stream_digest", "outcomes",
		"tested", "skipped", "inconclusive", "findings")
	var findings []map[string]json.RawMessage
	if err := json.Unmarshal(got["findings"], &findings); err != nil {
		t.Fatal(err)
	}
	checkFields(t, "finding", findings[0],
		"oracle", "signature", "basis", "rule", "spec", "severity", "confirmed", "tool", "mutant", "message", "sent",
		"received", "stderr", "fix", "guide", "reproduce", "file",
		"case", "seen") // beyond the contract: where it was seen first, and how often
	var back record.Summary
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || !reflect.DeepEqual(back.Findings, several().Findings) {
		t.Errorf("read back %+v, %v", back.Findings, err)
	}
	if strings.Contains(b.String(), `\u003c`) || !strings.HasSuffix(b.String(), "}\n") {
		t.Errorf("the object is not printed for people: %s", &b)
	}
}

func checkFields(t *testing.T, what string, got map[string]json.RawMessage, want ...string) {
	t.Helper()
	slices.Sort(want)
	if fields := slices.Sorted(maps.Keys(got)); !slices.Equal(fields, want) {
		t.Errorf("the %s holds %q, want %q", what, fields, want)
	}
}

func TestPrintingStopsAtTheFirstError(t *testing.T) {
	for room := 0; room < 4000; room += 61 {
		w := &limited{room: room}
		if err := report.Table(w, several(), report.Options{Width: 120}); err == nil {
			if room == 0 {
				t.Fatal("no error where nothing can be written")
			}
			return
		}
	}
}

// limited is a writer that is full after some bytes.
type limited struct{ room int }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.room {
		return 0, os.ErrClosed
	}
	l.room -= len(b)
	return len(b), nil
}

func TestEscapedKeepsTheMeaning(t *testing.T) {
	const text = "a\u202e\x1b\U000e0001 é\t\"\\"
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	escaped := report.Escaped(quoted)
	var back string
	if err := json.Unmarshal(escaped, &back); err != nil || back != text {
		t.Errorf("Escaped(%s) = %s, which reads %q, %v", quoted, escaped, back, err)
	}
	for _, r := range string(escaped) {
		if !unicode.IsPrint(r) {
			t.Errorf("Escaped left %U", r)
		}
	}
}
