package oracles

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// listDemands are those of lists and of what is read by its address.
func listDemands() []demand {
	return []demand{
		{
			rule: "PAG-01",
			posed: func(f frame) bool {
				r, ok := f.step.(scenarios.Request)
				cursor, has := r.Params.At("/cursor")
				text, _ := cursor.Text()
				return ok && has && strings.HasSuffix(r.Method, "/list") && strings.HasPrefix(text, scenarios.Foreign)
			},
			broken: func(o Observation, s Seen) (string, Severity) {
				if a, _ := s.answer(); a.Reply.Kind == protocol.Result && !bytes.Contains(a.Reply.Body, []byte(`"nextCursor"`)) {
					return "", SeverityUnset // who has one page has no use for cursors
				}
				return refusedWith(o, s, codeInvalidParams)
			},
		},
	}
}

// twiceDemands are those of members that stand twice.
func twiceDemands() []demand {
	return []demand{{
		rule: ruleTwice,
		posed: func(f frame) bool {
			last, first := membersTwice(f.step)
			return strings.HasPrefix(last, foreignName) && first != "" && !strings.HasPrefix(first, foreignName)
		},
		broken: func(o Observation, s Seen) (string, Severity) {
			if OutcomeOf(o, s) != Accepted {
				return "", SeverityUnset
			}
			return "was read by the first of two members of one name, where most readers take the last", Info
		},
	}}
}

// ruleTwice is the rule of members that stand twice, foreignName starts the names
// that no server has.
const (
	ruleTwice   = "ENV-12"
	foreignName = "mcpfuzz"
)

// membersTwice are the values of the name of a method, or of a tool, that stands
// twice in a frame; "" where none does.
func membersTwice(step scenarios.Step) (last, first string) {
	name, v := "method", scenarios.Value{}
	switch step := step.(type) {
	case scenarios.Raw:
		v, _ = scenarios.ParseJSON([]byte(strings.TrimSpace(step.Bytes)))
	case scenarios.Request:
		name, v = "name", step.Params
	}
	n := 0
	for _, m := range v.Members() {
		if m.Key != name {
			continue
		}
		if last, _ = m.Value.Text(); n == 0 {
			first = last
		}
		n++
	}
	if n < 2 {
		return "", ""
	}
	return last, first
}

// refusedWith says what is wrong where an error of that code is demanded.
func refusedWith(o Observation, s Seen, codes ...int64) (string, Severity) {
	a, _ := s.answer()
	reply := a.Reply.First()
	switch out := OutcomeOf(o, s); {
	case out == Accepted:
		return "was answered with a result", SeverityUnset
	case out != Rejected || reply.Kind != protocol.Error || slices.Contains(codes, reply.Code), !o.frame(s).isPlain():
		return "", SeverityUnset
	}
	return fmt.Sprintf("was refused with the code %d, not %d", reply.Code, codes[0]), Info
}

// originDemands are those of where an HTTP request comes from.
func originDemands() []demand {
	return []demand{{
		rule: "HTTP-05",
		posed: func(f frame) bool {
			origin, ok := headerOf(f.step, "Origin")
			_, fetches := f.step.(scenarios.Fetch) // anybody may read that
			return f.HTTP && ok && origin != "" && !isLocal(origin) && !fetches
		},
		broken: func(o Observation, s Seen) (string, Severity) {
			_, rebound := headerOf(s.Sent, "Host")
			switch status := s.status(); {
			case (status >= 200 && status < 300 || OutcomeOf(o, s) == Accepted) && rebound:
				// Who compares the two looks at the origin, and is led astray all the same.
				return "was served although it came from a foreign origin and for a foreign host", Info
			case status >= 200 && status < 300, OutcomeOf(o, s) == Accepted:
				return "was served although it came from a foreign origin", SeverityUnset
			case status != http.StatusForbidden && status >= 400 && o.frame(s).Revision >= protocol.Legacy && o.frame(s).isPlain("Origin", "Host"):
				return fmt.Sprintf("came from a foreign origin and was refused with %s, not 403", s.Status()), Info
			}
			return "", SeverityUnset
		},
	}}
}

// isLocal reports whether an origin is of the machine that we are on.
func isLocal(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// headerOf is the value that a step gives a header: the first one behind the last line that
// leaves it out.
func headerOf(step scenarios.Step, name string) (value string, set bool) {
	for _, line := range scenarios.AttrsOf(step).Headers {
		key, v, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(key), name) {
			continue
		}
		if v, set = strings.TrimSpace(v), true; v == "" || value == "" {
			value = v
		}
	}
	return value, set
}
