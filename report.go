package mcpfuzz

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// report fails the test with each finding of at least that severity.
func report(t *testing.T, least oracles.Severity, shown []campaign.Shown) {
	t.Helper()
	for _, f := range shown {
		if severity, _ := oracles.ParseSeverity(f.Severity); severity >= least {
			t.Errorf("%s", describe(f))
		}
	}
}

// describe tells all of a finding; the scenario comes last and whole.
func describe(f campaign.Shown) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "mcpfuzz: %s: %s\n", f.Severity, f.Message)
	fmt.Fprintf(&b, "rule:     %s\n", rule(f.Finding))
	fmt.Fprintf(&b, "sent:     %s\n", oneLine(f.Sent))
	fmt.Fprintf(&b, "received: %s\n", oneLine(f.Received))
	fmt.Fprintf(&b, "fix:      a guard like %q of mcpfuzz serve, the reference server\n", f.Fix)
	fmt.Fprintf(&b, "The scenario, to be saved as a .txtar file for Replay:\n%s", scenarios.Format(f.Case))
	return b.String()
}

// rule names the rule that is broken and says what a sound server does.
func rule(f record.Finding) string {
	id := f.Spec
	if id == "" {
		id = f.Rule
	}
	r, _ := oracles.RuleOf(id)
	return fmt.Sprintf("%s (%s, %s): a sound server %s", id, f.Rule, f.Basis, r.Title)
}

func oneLine(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return "nothing"
	}
	return strings.ReplaceAll(s, "\n", "\n          ")
}

// announcer writes each case to standard error before it is sent, where that
// is wanted: what ends the process can be told from the last one.
type announcer struct{ on bool }

// loud reports whether every case is wanted: the user asked to see much, or
// named the one to run.
func loud() bool { return testing.Verbose() || strings.Contains(flagText("test.run"), "/") }

// saved reports whether a fuzz test's input is from a file and not from f.Add.
// Nobody sees what a worker of the fuzzer writes.
func saved(t *testing.T) bool {
	return flagText("test.fuzzworker") != "true" && !strings.Contains(t.Name(), "/seed#")
}

func flagText(name string) string {
	if f := flag.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

func (a *announcer) announce(c scenarios.Case) {
	if a.on {
		fmt.Fprintf(os.Stderr, "mcpfuzz: about to send\n%s\n", scenarios.Format(c))
	}
}
