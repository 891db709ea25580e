package oracles

import "github.com/mcpfuzz/mcpfuzz/scenarios"

// Outcome is one word for what became of one message.
type Outcome uint8

// The outcomes, the only list. See OutcomeOf for what maps to which.
const (
	OutcomeUnset Outcome = iota
	// Accepted: a result with its id, isError not true.
	Accepted
	// Rejected: isError true; any JSON-RPC error but -32603 and 0; HTTP 4xx;
	// 503 with Retry-After.
	Rejected
	// Faulted: -32603, code 0, HTTP 5xx: the server blames itself.
	Faulted
	// Garbled: not JSON, another id, a second answer, truncated.
	Garbled
	// Dropped: no answer, and the server is alive.
	Dropped
	// Crashed: the process is gone, or dials are refused.
	Crashed
	// Hung: no answer and no sign of life, or writes stall.
	Hung
	// Silent: no answer where none is owed (a notification, a frame that is no
	// request); never a fault by itself.
	Silent
	// Unsent: ours, never written. No verdict.
	Unsent
	// Asked: a result that asks the client for something first; nothing was done
	// yet, and nothing refused.
	Asked
)

var outcomeWords = [...]string{
	"", "accepted", "rejected", "faulted", "garbled",
	"dropped", "crashed", "hung", "silent", "unsent", "asked",
}

// Outcomes is how many there are, with the unset one.
const Outcomes = len(outcomeWords)

// String returns the word used in reports.
func (o Outcome) String() string { return outcomeWords[o] }

// Severity grades a Finding.
type Severity uint8

// The severities, rising, so that they compare with <.
const (
	SeverityUnset Severity = iota
	Info
	Low
	Medium
	High
	Critical
)

var severityWords = [...]string{"", "info", "low", "medium", "high", "critical"}

// String returns the word used in reports and flags.
func (s Severity) String() string { return severityWords[s] }

// ParseSeverity reads the word of a Severity.
func ParseSeverity(word string) (Severity, bool) {
	for s := Info; s <= Critical; s++ {
		if severityWords[s] == word {
			return s, true
		}
	}
	return SeverityUnset, false
}

// Finding is one judged fault of a server. Findings are immutable.
type Finding struct {
	// Oracle is the name of the Check, or of the Advice, that made it.
	Oracle string
	// Signature is its stable identity: ORACLE/TOOL/MUTANT, words that do not
	// change with the seed, the worker, the process or the values sent.
	Signature string
	// Rule is the hardening rule ("H4") and Spec the row of the oracle table
	// ("TOOL-05") that is broken; one of them may be empty.
	Rule, Spec string
	Basis      scenarios.Basis
	Severity   Severity
	// Tool is the tool meant, "" where none is; Mutant what was done.
	Tool, Mutant string
	// Message is one sentence: what was sent, what was owed, what came.
	Message string
	// Step is where in the case it shows: "2", "2.7".
	Step string
	// Fix names the guard of the reference server that stops it.
	Fix string
}

// ID is the narrower name of the rule that is broken: Spec where there is one,
// else Rule.
func (f Finding) ID() string {
	if f.Spec != "" {
		return f.Spec
	}
	return f.Rule
}
