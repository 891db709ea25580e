package mcpfuzz

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// fail fails the test with each finding.
func fail(t *testing.T, shown []campaign.Shown) {
	t.Helper()
	for _, f := range shown {
		t.Errorf("%s", describe(f))
	}
}

// atLeast keeps the findings of at least that severity.
func atLeast(least oracles.Severity, shown []campaign.Shown) []campaign.Shown {
	return slices.DeleteFunc(shown, func(f campaign.Shown) bool {
		severity, _ := oracles.ParseSeverity(f.Severity)
		return severity < least
	})
}

// describe tells all of a finding; the scenario, where there is one, comes last
// and whole. For advice nothing was sent.
func describe(f campaign.Shown) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "mcpfuzz: %s: %s\n", f.Severity, f.Message)
	fmt.Fprintf(&b, "rule:     %s\n", rule(f.Finding))
	if !f.IsAdvice() {
		fmt.Fprintf(&b, "sent:     %s\n", excerpt(f.Sent))
		fmt.Fprintf(&b, "received: %s\n", excerpt(f.Received))
	}
	fmt.Fprintf(&b, "fix:      a guard like %q of mcpfuzz serve, the reference server: %s\n", f.Fix, f.Guide)
	if !f.IsAdvice() {
		fmt.Fprintf(&b, "The scenario, to be saved as a .txtar file for Replay:\n%s", scenarios.Format(f.Case))
	}
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

// maxShown is how many bytes of what was sent, or came, are shown; the scenario
// holds the rest.
const maxShown = 500

// excerpt is the start of what was sent, or came, its lines under each other.
func excerpt(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "nothing"
	case len(s) > maxShown:
		s = strings.ToValidUTF8(s[:maxShown], "") + "..."
	}
	return strings.ReplaceAll(s, "\n", "\n          ")
}

// announcer writes each case to standard error before it is sent, where that
// is wanted: what ends the process can be told from the last one.
type announcer struct{ on bool }

// loud reports whether every case is wanted: the user asked to see much, or
// named the one to run.
func loud() bool {
	return !works() && (testing.Verbose() || strings.Contains(flagText("test.run"), "/"))
}

// coordinates reports whether this process hands inputs to the workers of the
// fuzzer: learning the tools is all that it calls the server for.
func coordinates() bool { return flagText("test.fuzz") != "" && !works() }

// works reports whether this process is a worker of the fuzzer; nobody sees what
// it writes.
func works() bool { return flagText("test.fuzzworker") == "true" }

// saved reports whether a fuzz test's input is from a file and not from f.Add.
func saved(t *testing.T) bool { return !works() && !strings.Contains(t.Name(), "/seed#") }

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
