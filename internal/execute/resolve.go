package execute

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// resolve replaces the references in a step's value: what earlier answers of
// the case held, and what was learnt before the first case.
func resolve(step scenarios.Step, look Lookup) (scenarios.Step, error) {
	var err error
	switch step := step.(type) {
	case scenarios.Call:
		step.Args, err = step.Args.Resolve(look)
		return step, err
	case scenarios.Request:
		step.Params, err = step.Params.Resolve(look)
		return step, err
	case scenarios.Notify:
		step.Params, err = step.Params.Resolve(look)
		return step, err
	}
	return step, nil
}

// Unlearnt says why a case cannot be played to its end with what was learnt; "" where
// that is enough. What its own answers will hold, and what is planted for it, is taken for
// there.
func Unlearnt(c scenarios.Case, look Lookup) string {
	for i, step := range c.Steps {
		missing := ""
		_, err := resolve(step, func(ref scenarios.Ref) (scenarios.Value, bool) {
			if ref.Op != scenarios.RefKnown {
				return scenarios.Of(nil), true
			}
			v, ok := look(ref)
			if !ok {
				missing = ref.Arg
			}
			return v, ok
		})
		switch {
		case errors.Is(err, scenarios.ErrUnresolved):
			return fmt.Sprintf("step %d needs %q, and nothing that the target shows is that", i+1, missing)
		case err != nil:
			return fmt.Sprintf("step %d: %v", i+1, err)
		}
	}
	return ""
}

func (p *play) lookup(ref scenarios.Ref) (scenarios.Value, bool) {
	if ref.Op == scenarios.RefFrom {
		v, err := p.from(ref.Arg)
		return v, err == nil
	}
	if p.look == nil {
		return scenarios.Value{}, false
	}
	v, ok := p.look(ref)
	if !ok {
		return v, false
	}
	// What was learnt may stand on what this case was answered.
	v, err := oracles.Remarked(v, p.number).Resolve(func(ref scenarios.Ref) (scenarios.Value, bool) {
		v, err := p.from(ref.Arg)
		return v, err == nil && ref.Op == scenarios.RefFrom
	})
	return v, err == nil
}

// inside is what a pointer leads to, which goes on in a text that is JSON itself.
func inside(v scenarios.Value, pointer string) (scenarios.Value, bool) {
	for {
		if found, ok := v.At("/" + pointer); ok {
			return found, true
		}
		head, rest, more := strings.Cut(pointer, "/")
		next, ok := v.At("/" + head)
		if text, isText := next.Text(); isText {
			var err error
			next, err = scenarios.ParseJSON([]byte(text))
			ok = err == nil
		}
		if !ok || !more {
			return scenarios.Value{}, false
		}
		v, pointer = next, rest
	}
}

// from reads "STEP/pointer" out of the result of an earlier step.
func (p *play) from(path string) (scenarios.Value, error) {
	head, pointer, _ := strings.Cut(path, "/")
	n, err := strconv.Atoi(head)
	if err != nil {
		return scenarios.Value{}, fmt.Errorf("$from %q does not start with a step number", path)
	}
	f := p.byStep[n]
	if f == nil {
		return scenarios.Value{}, fmt.Errorf("$from %q names a step that was not sent", path)
	}
	for _, a := range f.seen.Answers {
		if a.Reply.Kind != protocol.Result || !json.Valid(a.Reply.Body) {
			continue
		}
		body, err := scenarios.ParseJSON(a.Reply.Body)
		if err != nil {
			return scenarios.Value{}, err
		}
		if v, ok := inside(body, pointer); ok {
			return v, nil
		}
	}
	return scenarios.Value{}, fmt.Errorf("$from %q is not in the answer", path)
}
