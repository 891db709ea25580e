package oracles

import (
	"sync"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Rule is one thing that servers are held to.
type Rule struct {
	// ID is the row of the oracle table ("TOOL-05"), or the hardening rule
	// itself where no row is narrower ("H5").
	ID string
	// Hardening is the hardening rule that the row belongs to ("H4"); "" for what
	// is advice of no such rule.
	Hardening string
	// Title says in a few words what a sound server does.
	Title string
	// Severity is that of a breach where nothing worse was proved.
	Severity Severity
	Basis    scenarios.Basis
	// Section is where the specification, or reason, says so.
	Section string
	// Fix names the guard of the reference server that answers the rule.
	Fix string
	// Span is which revisions it holds in.
	Span
}

// Span is a range of revisions. The zero Span is all of them.
type Span struct {
	// From and To are the first and the last, "" for no bound; Except is left out.
	From, To, Except string
	// Written is the first one whose text says so; before it the rule is derived,
	// and its basis is hardening.
	Written string
}

// Holds reports whether a revision is in the span.
func (s Span) Holds(revision string) bool {
	// Revisions are dates, which their texts order.
	return revision >= s.From && (s.To == "" || revision <= s.To) && (s.Except == "" || revision != s.Except)
}

// The revisions that rows name: the one with batches, the first with a version
// header, the last with sessions, the first without.
const (
	batching = "2025-03-26"
	headed   = "2025-06-18"
	legacy   = protocol.Legacy
	modern   = protocol.Modern
)

// HardeningRules is how many hardening rules there are: H1 to H16.
const HardeningRules = 16

const (
	spec      = scenarios.BasisSpec
	schema    = scenarios.BasisSchema
	hardening = scenarios.BasisHardening
)

// listing is the guard of all that is listed: its rules need no call, and Advice
// alone reports them.
const listing = "catalogue"

// Guide is where it is told what a guard guards against and how a server gets it: a
// paragraph of the project's documents.
func Guide(guard string) string { return "docs/hardening.md#" + guard }

// RuleOf returns the rule with that id.
func RuleOf(id string) (Rule, bool) {
	r, ok := rulesByID()[id]
	return r, ok
}

// rulesByID are all rules. Every frame is held to many, so they are made once.
var rulesByID = sync.OnceValue(func() map[string]Rule {
	m := map[string]Rule{}
	for _, r := range Rules() {
		m[r.ID] = r
	}
	return m
})
