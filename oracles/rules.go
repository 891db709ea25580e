package oracles

import (
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Rule is one thing that servers are held to.
type Rule struct {
	// ID is the row of the oracle table ("TOOL-05"), or the hardening rule
	// itself where no row is narrower ("H5").
	ID string
	// Hardening is the hardening rule that the row belongs to ("H4").
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

// Rules returns all rules, ordered by id.
func Rules() []Rule {
	return []Rule{
		{"CAN-02", "H15", "ignores the cancelling of what was never asked", Medium, spec, "cancellation: invalid notifications SHOULD be ignored", "silence", Span{}},
		{"ENV-01", "H15", "answers what is no JSON with -32700 and stays up", Medium, spec, "basic, Messages: JSON-RPC 2.0", "frames", Span{}},
		{"ENV-02", "H15", "answers the request behind a malformed frame", Critical, hardening, "basic, Messages: one bad message ends no session", "lines", Span{}},
		{"ENV-03", "H15", "refuses JSON that is no JSON-RPC message with -32600", Medium, spec, "basic, Messages: JSON-RPC 2.0", "frames", Span{}},
		{"ENV-04", "H15", "refuses ids that are neither string nor integer", High, spec, "basic, Requests: id MUST NOT be null", "ids", Span{}},
		{"ENV-05", "H15", "answers once, under the id that was sent", High, spec, "basic, Responses: the same ID as the request", "one-answer", Span{}},
		{"ENV-06", "H15", "answers both of two requests with one id, or refuses the second", Medium, spec, "basic, Requests: ids are unique", "ids", Span{}},
		{"ENV-07", "H15", "answers no notification", Medium, spec, "basic, Notifications: MUST NOT send a response", "silence", Span{}},
		{"ENV-09", "H15", "ignores responses that it did not ask for", High, spec, "transports, Sending messages", "silence", Span{}},
		{"ENV-10a", "H15", "answers batches where the revision has them", Medium, spec, "basic, Batching: batches MUST be received", "batches", Span{From: batching, To: batching}},
		{"ENV-10b", "H15", "refuses batches where the revision has none", Low, spec, "transports: a single JSON-RPC message", "frames", Span{Except: batching, Written: headed}},
		{"ENV-10c", "H15", "opens no session by a message in a batch", Medium, spec, "lifecycle: initialize MUST NOT be part of a batch", "batches", Span{From: batching, To: batching}},
		{"ENV-11", "H15", "takes one message per frame and nothing behind it", High, spec, "transports: a single JSON-RPC message", "frames", Span{}},
		{"ENV-12", "H15", "survives members that stand twice", Medium, hardening, "RFC 8259, 4: names should be unique", "frames", Span{}},
		{"ENV-13", "H15", "survives bytes that are no UTF-8", Medium, hardening, "transports: messages are UTF-8", "frames", Span{}},
		{"ENV-14", "H15", "writes nothing but messages to its output", High, spec, "stdio: nothing else on stdout", "stdout", Span{}},
		{"ENV-15", "H15", "gives errors an integer code, not 0, and a message", Low, spec, "basic, Responses: error codes MUST be integers", "error-codes", Span{}},
		{"ENV-16", "H15", "gives errors no code that the revision has withdrawn, or keeps for itself", Medium, spec, "basic, Error Codes: only codes that are defined", "error-codes", Span{From: modern}},
		{"H15", "H15", "fails safely: no hang, no lost answer, no fault of its own for bad input", Low, hardening, "a bad call is the caller's fault", "internal", Span{}},
		{"H5", "H5", "bounds what it takes and what it answers", High, schema, "tools, Security: validate all tool inputs", "bounds", Span{}},
		{"HTTP-05", "H10", "refuses requests from a foreign origin", High, spec, "streamable HTTP, Security: validate the Origin header", "origin", Span{}},
		{"LIFE-01", "H15", "serves nothing before the session is opened", Info, spec, "lifecycle, Initialization: the first interaction", "handshake", Span{To: legacy}},
		{"LIFE-02", "H15", "answers an unknown revision with one that it speaks", Medium, spec, "lifecycle, Version Negotiation", "handshake", Span{To: legacy}},
		{"LIFE-03", "H15", "goes on after a second initialize", Medium, hardening, "a bad request ends no session", "handshake", Span{To: legacy}},
		{"LIFE-04", "H15", "ends when its input does", Low, spec, "stdio, Shutdown: SHOULD exit promptly", "eof", Span{Written: modern}},
		{"METH-01", "H2", "refuses unknown methods with -32601", Medium, spec, "JSON-RPC 2.0, 5.1: method not found", "methods", Span{}},
		{"METH-02", "H2", "refuses methods that the revision no longer has with -32601", Low, spec, "streamable HTTP: methods that are not implemented", "methods", Span{From: modern}},
		{"PAG-01", "H4", "refuses cursors that it did not give out", Low, spec, "pagination: invalid cursors SHOULD result in -32602", "cursors", Span{}},
		{"SIZE-01", "H5", "survives large values", Critical, hardening, "no revision bounds a message: the server must", "frame-size", Span{}},
		{"SIZE-02", "H5", "survives deep nesting", Critical, hardening, "no revision bounds nesting: the server must", "depth", Span{}},
		{"TOOL-01", "H1", "runs no tool under a name that it does not list", Critical, spec, "tools, Error Handling: unknown tools", "names", Span{}},
		{"TOOL-02", "H4", "refuses arguments that its schema forbids", High, schema, "tools, Security: validate all tool inputs", "values", Span{}},
		{"TOOL-02b", "H4", "tells of bad arguments by a tool error", Info, spec, "tools, Error Handling: input validation is a tool error", "tool-errors", Span{From: legacy}},
		{"TOOL-03", "H4", "refuses calls whose params are not of the protocol's form", Medium, spec, "tools, Error Handling: CallToolRequest schema", "arguments", Span{}},
		{"TOOL-04", "H3", "refuses parameters that it does not know", High, schema, "tools, Security: validate all tool inputs", "extras", Span{}},
		{"TOOL-05", "H4", "takes no value of another type, and coerces none", Medium, schema, "tools, Security: validate all tool inputs", "types", Span{}},
		{"TOOL-06", "H4", "takes integers as they are, or not at all", Medium, hardening, "tools, Security: validate all tool inputs", "exact", Span{}},
		{"TOOL-07", "H1", "takes the names of tools as they are spelt, case included", Medium, spec, "tools, Tool Names: case-sensitive", "names", Span{Written: legacy}},
		{"TOOL-09", "H3", "takes names that its language has for names like others", High, hardening, "what a caller names must not reach what all objects share", "extras", Span{}},
		{"TOOL-10", "H15", "survives the failure of a tool", Critical, hardening, "tools, Error Handling: server errors", "recover", Span{}},
		{"TOOL-11", "H15", "tells no stack, path or secret in an error, and keeps it short", Medium, hardening, "tools, Security: sanitize tool outputs", "errors", Span{}},
		{"TOOL-12", "H15", "gives each of many parallel calls its own answer", Critical, hardening, "basic, Responses: the same ID as the request", "isolation", Span{}},
		{"TOOL-16", "H4", "gives results that are as the output schema says", Medium, spec, "tools, Output Schema: results MUST conform", "answers", Span{From: headed}},
	}
}

// RuleOf returns the rule with that id.
func RuleOf(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}
