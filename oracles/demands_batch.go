package oracles

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// batchDemands are those of the one revision that has batches.
func batchDemands() []demand {
	return []demand{
		{
			rule:  "ENV-10a",
			posed: isServable,
			broken: func(o Observation, s Seen) (string, Severity) {
				return unserved(o, s, batchOf(s.Sent).ids), SeverityUnset
			},
		},
		{
			rule:  "ENV-10c",
			posed: func(f frame) bool { return batchOf(f.step).opening != "" },
			broken: func(_ Observation, s Seen) (string, Severity) {
				if r, ok := s.replyTo(batchOf(s.Sent).opening); !ok || r.Kind != protocol.Result {
					return "", SeverityUnset
				}
				return "opened a session", SeverityUnset
			},
		},
	}
}

// isServable reports whether a frame is a batch that a server has no reason to refuse, nor
// to leave a part of without an answer: of requests that every server serves, under plain
// ids of their own, in a session, and sent as everything is.
func isServable(f frame) bool {
	b, a := batchOf(f.step), scenarios.AttrsOf(f.step)
	plain := a.Verb == "" && a.Handshake == "" && a.Protocol == "" && len(a.Headers) == 0 && !f.isBare()
	return plain && len(b.ids) > 0 && b.opening == "" && !b.refusable && !slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		return slices.ContainsFunc(batchOf(step).ids, func(id string) bool { return slices.Contains(b.ids, id) })
	})
}

// batch is what a frame that is one asks for: the ids of its requests, and that
// of the one which opens a session, "" for none. refusable: a part of it may be refused, and
// all of it for that, or says that another is not wanted any more.
type batch struct {
	ids       []string
	opening   string
	refusable bool
}

// plainID is an id that no server has a reason to refuse.
var plainID = regexp.MustCompile(`^("[^"\\]+"|[0-9]{1,15})$`)

func batchOf(step scenarios.Step) batch {
	var b batch
	raw, ok := step.(scenarios.Raw)
	if !ok || !scenarios.ShapeOf([]byte(raw.Bytes)).Batch {
		return b
	}
	frame, _ := scenarios.ParseJSON([]byte(raw.Bytes)) // a shape that is a batch is JSON
	for _, item := range frame.Items() {
		text, _ := item.AppendJSON(nil) // it was read from JSON
		shape := scenarios.ShapeOf(text)
		b.refusable = b.refusable || shape.Rule != "" || shape.Response || shape.Method == "notifications/cancelled"
		if !shape.Owed() {
			continue
		}
		usual := shape.Method == "ping" || shape.Method == "tools/list"
		b.refusable = b.refusable || !usual || slices.Contains(b.ids, shape.ID) || !plainID.MatchString(shape.ID)
		b.ids = append(b.ids, shape.ID)
		if shape.Method == "initialize" {
			b.opening = shape.ID
		}
	}
	return b
}

// unserved says how much of a batch was not answered. On a stream one answer is
// enough, since the others may come behind the sign of life. In a session that is over, or
// in none where there are some, nobody is served. A refusal on a stream may be that of another frame that is malformed: it
// names none.
func unserved(o Observation, s Seen, ids []string) string {
	served := 0
	for _, id := range ids {
		if _, ok := s.replyTo(id); ok {
			served++
		}
	}
	out := OutcomeOf(o, s)
	another := !o.HTTP && slices.ContainsFunc(o.Seen, func(other Seen) bool { return other.Step != s.Step && other.malformed() })
	switch {
	case served == len(ids), served > 0 && !o.HTTP, s.TurnedAway(), s.status() == http.StatusNotFound, o.outside(s):
		return ""
	case served > 0:
		return fmt.Sprintf("holds %d requests, of which %d were answered", len(ids), served)
	case (out == Rejected || out == Faulted) && !another:
		return "was refused, and this revision has batches"
	case out == Silent:
		return "got no answer, and this revision has batches"
	}
	return ""
}

// outside reports whether a frame was sent in no session where others are opened.
func (o Observation) outside(s Seen) bool {
	return !s.Session && slices.ContainsFunc(o.Opened, func(id string) bool { return id != "" })
}

// replyTo is the reply under an id among all that came for a frame.
func (s Seen) replyTo(id string) (Reply, bool) {
	for _, a := range s.Answers {
		replies := a.Reply.Items
		if a.Reply.Kind != protocol.Batch {
			replies = []Reply{a.Reply}
		}
		for _, r := range replies {
			if protocol.SameID(id, r.ID) {
				return r, true
			}
		}
	}
	return Reply{}, false
}

// batchRow is the rule of batches where a revision has them, for the one of those
// that have none.
func batchRow(rule, revision string) string {
	if rule == "ENV-10b" && revision == batching {
		return "ENV-10a"
	}
	return rule
}
