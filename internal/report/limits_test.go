package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

func TestLimitsForPeople(t *testing.T) {
	l := record.Limits{
		Target: "http://127.0.0.1:1/\x1b[31m", Protocol: "2025-11-25", Tool: "echo\x07", Calls: 1, Fastest: 200,
		Layers: []record.Layer{
			{Name: "key", State: record.LayerLimited, Calls: 10, PerSecond: 4.98, Served: 100, Seconds: 20.08},
			{Name: "address", State: record.LayerLimited, Calls: 27, AtMost: true, Why: "4 clients in turn"},
			{Name: "in flight", State: record.LayerNone, Calls: 32},
			{Name: "other", State: record.LayerUnknown, Calls: 3, Why: "hidden"},
		},
		Looks: []record.Look{{Name: "key", Doc: "another key", Found: "not limited"}}, Refusal: "clearly", Honest: "let in when it said",
		Cut: "no more\x1b[1m", Findings: []record.Finding{{Severity: "low", Rule: "H9", Message: "Bad.", Fix: "key-rate"}},
	}
	var b bytes.Buffer
	if err := report.Limits(&b, l, report.Options{Width: 120}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"1 request of echo", " key          10             4.98 a second (100 in 20.1 s) ", " address      27 or fewer ", "4 clients in turn ",
		" in flight    none up to 32 ", " other        not known ", "refused clearly\n", "were let in when it said\n", " another key                  not limited ",
		"not all was tried: no more", " low       H9    Bad.           key-rate ", "docs/hardening.md#GUARD\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "\x1b\x07") {
		t.Errorf("what a server wrote stands raw in %q", text)
	}
	b.Reset()
	l.Findings = nil
	if err := report.Limits(&b, l, report.Options{Width: 120}); err != nil || !strings.HasSuffix(b.String(), "no finding\n") {
		t.Errorf("without a finding: %s, %v", b.String(), err)
	}
}
