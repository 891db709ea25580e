package oracles

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// internalError finds refusals for which the server blames itself.
func internalError(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		if OutcomeOf(o, s) != Faulted {
			continue
		}
		a, _ := s.answer()
		reply := a.Reply.First()
		if verb := scenarios.AttrsOf(s.Sent).Verb; verb != "" && a.Frame.Status == http.StatusNotImplemented {
			continue // whoever knows no such method says so (RFC 9110, 15.6.2)
		}
		what := fmt.Sprintf("error %d", reply.Code)
		if reply.Kind != protocol.Error {
			what = fmt.Sprintf("HTTP status %d", a.Frame.Status)
		}
		if reply.Kind == protocol.Error && reply.Code == 0 {
			continue // errorShape tells it
		}
		return []Finding{finding(ctx, o, s, "internal-error", "H15",
			fmt.Sprintf("%s was answered by %s, as if the fault were the server's", describe(s), what))}
	}
	return nil
}

// errorShape finds errors that are not of JSON-RPC's form, and unknown methods
// refused under another code.
func errorShape(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		a, ok := s.answer()
		reply := a.Reply.First()
		// That a cancelled request is answered at all is for another check; whether it is
		// depends on the moment.
		if !ok || s.Cancelled || reply.Kind != protocol.Error {
			continue
		}
		switch {
		case !reply.CodeOK:
			return []Finding{finding(ctx, o, s, "error-shape", "ENV-15", fmt.Sprintf("the error for %s has no integer code, or no message", describe(s)))}
		case reply.Code == 0:
			return []Finding{finding(ctx, o, s, "error-shape", "ENV-15", fmt.Sprintf("the error for %s has code 0", describe(s)))}
		}
	}
	return nil
}

// The codes of errors that 2026-07-28 defines among those that it keeps for itself,
// and those of earlier revisions that it has withdrawn (basic, Error Codes).
var (
	definedCodes   = []int64{-32020, -32021, -32022}
	withdrawnCodes = []int64{-32002, -32042}
)

// The codes that 2026-07-28 keeps for itself, and those before them that servers
// had taken.
const (
	firstReserved, lastReserved = -32020, -32099
	firstTaken                  = -32000
)

// errorCode finds errors under codes that the revision forbids.
func errorCode(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		a, ok := s.answer()
		reply := a.Reply.First()
		if !ok || reply.Kind != protocol.Error || !reply.CodeOK || o.frame(s).begun() {
			continue
		}
		if what, grade := forbidden(reply.Code); what != "" {
			f := finding(ctx, o, s, "error-code", "ENV-16", fmt.Sprintf("%s was refused with the code %d, which %s", describe(s), reply.Code, what))
			return []Finding{f.graded(grade, spec)}
		}
	}
	return nil
}

// forbidden says why 2026-07-28 has no such code; "" where it may be used.
func forbidden(code int64) (what string, grade Severity) {
	switch {
	case slices.Contains(withdrawnCodes, code):
		return "this revision has withdrawn", Medium
	case code <= firstReserved && code >= lastReserved && !slices.Contains(definedCodes, code):
		return "this revision keeps for itself and does not define", Medium
	case code <= firstTaken && code > firstReserved:
		return "new servers should not use", Info
	}
	return "", SeverityUnset
}

// unknownMethod finds servers that do not refuse methods that do not exist, or
// refuse them under another code.
func unknownMethod(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		r, ok := s.Sent.(scenarios.Request)
		if !ok || !strings.HasPrefix(r.Method, unknownMethods) {
			continue
		}
		a, _ := s.answer()
		_, declares := r.Params.At("/_meta")
		switch out := OutcomeOf(o, s); {
		case out == Accepted:
			return []Finding{finding(ctx, o, s, "unknown-method", "METH-01", "a method that no revision has was answered with a result")}
		case !o.frame(s).isPlain() || !asksNoMore(s) || declares || s.TurnedAway():
			// There may be another reason.
		case out == Rejected && (a.Reply.Kind != protocol.Error || a.Reply.Code != protocol.CodeNoMethod):
			f := finding(ctx, o, s, "unknown-method", "METH-01", "a method that no revision has was not refused with -32601")
			return []Finding{f.graded(Low, spec)}
		}
	}
	return nil
}

// What refusals must not show: traces of a stack, files of the server.
var (
	stackTrace = regexp.MustCompile(`(?m)goroutine \d+ \[|^\s+at .+[:(]\d+|^\s*at .+\(.+:\d+:\d+\)|Traceback \(most recent call last\)|^\s*File ".+", line \d+|panic: |\.go:\d+( \+0x|$)|^\s*at [\w.$]+\([\w]+\.java:\d+\)|^\s+from .+\.rb:\d+|thread '.+' panicked at`)
	filePath   = regexp.MustCompile(`(?:^|[\s"'(=:\x60])((?:/(?:home|root|usr|var|etc|opt|srv|app|tmp|workspace|Users|private|proc|mnt|data)/[^\s"'()<>\x60,;]+)|(?:[A-Za-z]:\\[^\s"'()<>\x60,;]+))`)
)

// The words without one of which neither can be there: most refusals hold none, and
// a pattern takes a hundred times as long to say so.
var (
	traceWords = []string{"at ", "goroutine ", "panic: ", ".go:", "Traceback", `File "`, ".rb:", "panicked at"}
	pathMarks  = []string{"/", `:\`}
)

func mentions(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// longError is the size from which the text of a refusal is no help but cost.
const longError = 16 << 10

// unboundedError finds refusals that repeat what they were sent without bound.
func unboundedError(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		a, ok := s.answer()
		out := OutcomeOf(o, s)
		if !ok || out == Accepted || out == Asked || a.Frame.Size <= longError {
			continue
		}
		f := finding(ctx, o, s, "long-error", "TOOL-11", fmt.Sprintf("the refusal of %s is %d bytes long", describe(s), a.Frame.Size))
		return []Finding{f.graded(Low, hardening)}
	}
	return nil
}
