package loadgen

import (
	"net/http"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

// Class is one word for what became of one call under load: its outcome, and time added
// to that. Every call that was due ends in exactly one.
type Class uint8

// The classes, the only list; Classes tells what each means.
const (
	ClassUnset Class = iota
	OK
	Denied
	Late
	ToolError
	RejectClean
	RejectBare
	RPCError
	Wrong
	Timeout
	Reset
	Refused
	Unsent
	classes
)

// ClassRow is a class with its name in reports and one sentence on what it means.
type ClassRow struct {
	Class     Class
	Name, Doc string
}

// Classes returns all classes, the best first.
func Classes() []ClassRow {
	return []ClassRow{
		{OK, "ok", "A result with the id that was sent, within the deadline."},
		{Denied, "denied", "A refusal, within the deadline, of a call that a model got wrong (--profile)."},
		{Late, "late", "The same after the deadline, before the timeout."},
		{ToolError, "tool_error", "A result in which the tool says that it failed."},
		{RejectClean, "reject_clean", "A refusal within the deadline that says that there is too much to do: HTTP 429 or 503 with a Retry-After, or a JSON-RPC error of that kind."},
		{RejectBare, "reject_bare", "HTTP 429 or 503 that says neither why nor when to come again."},
		{RPCError, "rpc_error", "Any other JSON-RPC error, HTTP 4xx or 5xx."},
		{Wrong, "wrong", "An answer that is none: no JSON-RPC, under another id, or more than one."},
		{Timeout, "timeout", "No whole answer in time."},
		{Reset, "reset", "The connection or the response ended without a whole answer."},
		{Refused, "refused", "No connection was to be had."},
		{Unsent, "unsent", "Never sent, since all connections that the load may have were taken: ours, no verdict."},
	}
}

// String is the name of the class in reports.
func (c Class) String() string {
	for _, row := range Classes() {
		if row.Class == c {
			return row.Name
		}
	}
	return ""
}

// ending is why a response ended before it was whole.
type ending uint8

const (
	endingUnset ending = iota
	endedByPeer
	endedByTime
	endedUndialled
	// endedBadly: what came is no HTTP.
	endedBadly
)

// verdict is what is known of one call when nothing more is awaited.
type verdict struct {
	outcome oracles.Outcome
	ending  ending
	// status is that of the response, 0 for none; retry says that it tells in a form
	// that can be read when to come again.
	status int
	retry  bool
	// after is how long that is.
	after time.Duration
	// isError: a tool result says so. isRPC: there was a JSON-RPC error, and overload
	// that it says that there is too much to do.
	isError, isRPC, overload bool
	// mistaken: the call held a mistake.
	mistaken bool
	// size is that of the messages that answered it.
	size int64
}

// code is the status of the response; that of a stream is that there was an answer.
func (v verdict) code() int {
	if v.status == 0 && v.size > 0 {
		return http.StatusOK
	}
	return v.status
}

// limits say which answers come too late.
type limits struct{ deadline, timeout time.Duration }

// class is the word for a call that took that long.
func (v verdict) class(took time.Duration, l limits) Class {
	switch v.outcome {
	case oracles.Unsent:
		return Unsent
	case oracles.Garbled, oracles.Dropped, oracles.Crashed, oracles.Hung, oracles.Silent:
		return v.unanswered()
	}
	if took > l.timeout {
		return Timeout
	}
	return v.answered(took <= l.deadline)
}

// unanswered is the class of a call that got no answer, or none that is one.
func (v verdict) unanswered() Class {
	switch {
	case v.ending == endedUndialled:
		return Refused
	case v.ending == endedByTime:
		return Timeout
	case v.ending != endedByPeer && v.outcome == oracles.Garbled:
		return Wrong
	}
	return Reset // also a whole response without an answer
}

// answered is the class of an answer that came before the timeout.
func (v verdict) answered(inTime bool) Class {
	refused := v.outcome == oracles.Rejected || v.outcome == oracles.Faulted
	said := oracles.Refusal{Status: v.status, Retry: v.retry, Overload: v.overload}
	denied := v.mistaken && v.outcome == oracles.Rejected && !said.IsBusy() && !v.overload
	switch {
	case !refused && inTime:
		return OK
	case denied && inTime:
		return Denied
	case !refused, denied:
		return Late
	case v.isError:
		return ToolError
	case said.IsClean() && inTime:
		return RejectClean
	case said.IsBusy() && !v.isRPC:
		return RejectBare
	}
	return RPCError
}
