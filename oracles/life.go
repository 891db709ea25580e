package oracles

import (
	"fmt"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// crash finds servers that end on what they are sent.
func crash(ctx *Context, o Observation) []Finding {
	if !o.gone() {
		return nil
	}
	s, ok := o.last()
	if !ok {
		return nil
	}
	rule := stimulus(ctx, o.Setting(), s)
	f := finding(ctx, o, s, "crash", rule, fmt.Sprintf("after %s the server %s", describe(s), exitWords(o)))
	f.Severity = endSeverity(o, s)
	if !s.Alone {
		f.Signature = signature("crash", f.Tool, "burst")
	}
	if rule == "TOOL-01" {
		f.Basis = hardening
	}
	return []Finding{f}
}

// endSeverity is that of ending or stopping a server: critical where a model
// can do it, or anybody over the network; high where an application's user can;
// medium where only the process's own host can send such a frame.
func endSeverity(o Observation, s Seen) Severity {
	if o.HTTP || byModel(s) {
		return Critical
	}
	if byUser(s.Sent) {
		return High
	}
	if r, ok := s.Sent.(scenarios.Request); ok && r.Method == "tools/call" && (r.Params.Depth() > deepMessage || s.Message.Size > largeMessage) {
		return Critical
	}
	return Medium
}

// hang finds servers that neither answer nor show life.
func hang(ctx *Context, o Observation) []Finding {
	if o.gone() || o.State.Phase == transport.Closed || len(o.Seen) == 0 {
		return nil
	}
	for _, s := range o.Seen {
		if OutcomeOf(o, s) == Hung {
			what := "gives no answer and no sign of life"
			if s.Write.Err != nil {
				what = "no longer reads what it is sent"
			}
			return []Finding{hung(ctx, o, s, what)}
		}
	}
	if o.Probe.Tried > 0 && !o.Probe.Alive && !o.Probe.Elsewhere {
		s, _ := o.last()
		return []Finding{hung(ctx, o, s, "gives no more sign of life")}
	}
	return nil
}

func hung(ctx *Context, o Observation, s Seen, what string) Finding {
	f := finding(ctx, o, s, "hang", "H15", fmt.Sprintf("after %s the server %s", describe(s), what))
	f.Fix = "bounded-work"
	return f.graded(endSeverity(o, s), hardening)
}

// closed finds servers that end the stream and live on.
func closed(ctx *Context, o Observation) []Finding {
	if o.State.Phase != transport.Closed {
		return nil
	}
	s, ok := o.last()
	if !ok {
		return nil
	}
	output := "output"
	if o.HTTP {
		output = "event stream"
	}
	what := "closed its " + output + " and lives on"
	if len(o.State.Torn) > 0 {
		what = "closed its " + output + " in the middle of a message"
	}
	f := finding(ctx, o, s, "closed", "H15", fmt.Sprintf("after %s the server %s", describe(s), what))
	f.Fix = "session"
	if _, raw := s.Sent.(scenarios.Raw); raw {
		f.Fix = "frames"
	}
	return []Finding{f.graded(closeSeverity(o, s), hardening)}
}

// closeSeverity is that of ending a session: as bad as ending the server, unless
// others may be opened.
func closeSeverity(o Observation, s Seen) Severity {
	switch {
	case !o.HTTP:
		return endSeverity(o, s)
	case byModel(s):
		return High
	}
	return Low
}

// dropped finds requests that get no answer from a server that is alive.
func dropped(ctx *Context, o Observation) []Finding {
	// Among frames that came too fast to be kept may be every answer that is missed.
	if o.gone() || o.State.Phase == transport.Closed || o.lost() > 0 {
		return nil
	}
	for _, s := range o.Seen {
		if OutcomeOf(o, s) != Dropped {
			continue
		}
		f := finding(ctx, o, s, "dropped", "ENV-05", fmt.Sprintf("%s got no answer, and the server is alive", describe(s)))
		switch {
		case o.sharesID(s):
			f = finding(ctx, o, s, "dropped", "ENV-06", "two requests with one id were in flight, and one got no answer")
		case o.behindMalformed(s):
			f = finding(ctx, o, s, "dropped", "ENV-02", fmt.Sprintf("%s behind a malformed frame got no answer, and the server is alive", describe(s)))
			f.Severity = endSeverity(o, s)
		case !s.Alone:
			f = finding(ctx, o, s, "dropped", "TOOL-12", fmt.Sprintf("%s, one of %d at once, got no answer", describe(s), len(o.Seen))).graded(High, spec)
		}
		return []Finding{f}
	}
	return nil
}

// behindMalformed reports whether the frame before it was one that a server cannot
// take.
func (o Observation) behindMalformed(s Seen) bool {
	for i, other := range o.Seen {
		if other.Step == s.Step {
			return i > 0 && o.Seen[i-1].malformed()
		}
	}
	return false
}

// sharesID reports whether another frame of the case carried the same id.
func (o Observation) sharesID(s Seen) bool {
	n := 0
	for _, other := range o.Seen {
		if other.ID == s.ID && other.ID != "" {
			n++
		}
	}
	return n > 1
}

// silent finds malformed frames that get no answer on a stream: nobody is told. It
// rests on hardening alone: JSON-RPC has an error under a null id for it, MCP asks nobody to send that,
// and servers on official SDKs do not.
func silent(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		raw, ok := s.Sent.(scenarios.Raw)
		if !ok || OutcomeOf(o, s) != Silent || o.HTTP {
			continue
		}
		shape := scenarios.ShapeOf([]byte(raw.Bytes))
		if shape.Rule == "" || ctx.Catalog.WantOf(raw).Want != scenarios.WantReject {
			continue
		}
		f := finding(ctx, o, s, "silent", shape.Rule, fmt.Sprintf("%s was dropped without an error", describe(s)))
		return []Finding{f.graded(Low, hardening)}
	}
	return nil
}

// describe says in a few words what a frame was.
func describe(s Seen) string {
	switch step := s.Sent.(type) {
	case scenarios.Call:
		if step.Mutant == "" {
			return fmt.Sprintf("a call of %.40q", step.Tool)
		}
		return fmt.Sprintf("a call of %.40q (%s)", step.Tool, step.Mutant)
	case scenarios.Request:
		if step.Mutant == "" {
			return fmt.Sprintf("a %s request", step.Method)
		}
		return fmt.Sprintf("a %s request (%s)", step.Method, step.Mutant)
	case scenarios.Notify:
		return fmt.Sprintf("a %s notification", step.Method)
	case scenarios.Cancel:
		return "a notifications/cancelled notification"
	case scenarios.Disconnect:
		return "a connection that was closed"
	case scenarios.Fetch:
		return "a request for the document on keys"
	case scenarios.Raw:
		if p := scenarios.ShapeOf([]byte(step.Bytes)).Problem; p != "" {
			return "a frame that is wrong (" + p + ")"
		}
		return "a raw frame"
	}
	return "a frame"
}
