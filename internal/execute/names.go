package execute

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// names gives the client that is meant where none is named one name: none. A step may say
// the same by its name or its place, and would seem to be sent as another. In the session of
// another client it must be named.
type names struct {
	ring *identity.Ring
	// foreign are the sessions of other clients, "" for the one that needs no name.
	foreign map[string]bool
}

// byOneName is a case in which that client is named so.
func (s *Session) byOneName(c scenarios.Case) scenarios.Case {
	if s.set.Identities.Len() == 0 {
		return c
	}
	n := names{s.set.Identities, map[string]bool{"": !s.set.Identities.IsDefault(s.proto.As)}}
	c.Steps = n.in(c.Steps)
	return c
}

func (n names) in(steps []scenarios.Step) []scenarios.Step {
	steps = slices.Clone(steps)
	for i, step := range steps {
		switch step := step.(type) {
		case scenarios.Call:
			step.As = n.of(step.As, step.Session)
			steps[i] = step
		case scenarios.Request:
			step.As = n.of(step.As, step.Session)
			steps[i] = step
		case scenarios.Notify:
			step.As = n.of(step.As, step.Session)
			steps[i] = step
		case scenarios.Raw:
			step.As = n.of(step.As, step.Session)
			steps[i] = step
		case scenarios.Burst:
			step.Lines = n.in(step.Lines)
			steps[i] = step
		case scenarios.Open:
			step.As = n.of(step.As, "")
			n.foreign[step.Session] = step.As != "" && !n.isDefault(step.As) || step.As == "" && n.foreign[""]
			steps[i] = step
		case scenarios.Revoke:
			if n.isDefault(step.Name) {
				step.Name = ""
			}
			steps[i] = step
		}
	}
	return steps
}

// of is the name of a client in a session.
func (n names) of(as, session string) string {
	if as != "" && !n.foreign[session] && n.isDefault(as) {
		return ""
	}
	return as
}

func (n names) isDefault(as string) bool {
	who, err := n.ring.Of(as)
	return err == nil && n.ring.IsDefault(who)
}
