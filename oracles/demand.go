package oracles

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Setting is where a frame is sent: in which revision of the protocol, over
// HTTP or over a stream of lines. Stream: over HTTP with answers on one event
// stream, as the oldest revision has it.
type Setting struct {
	Revision     string
	HTTP, Stream bool
	// Clients is how many clients have a key.
	Clients int
}

// streamable reports whether the frame is sent over streamable HTTP.
func (s Setting) streamable() bool { return s.HTTP && !s.Stream }

// Setting is where the case of an Observation was played.
func (o Observation) Setting() Setting {
	return Setting{Revision: o.Revision, HTTP: o.HTTP, Stream: o.Stream}
}

// settingOf is where a frame of it was sent: a case may speak more than one revision.
func (o Observation) settingOf(s Seen) Setting {
	at := o.Setting()
	at.Revision = cmp.Or(s.Revision, at.Revision)
	return at
}

// frame is one thing that is sent, where, and behind what.
type frame struct {
	Setting
	step scenarios.Step
	// before are the steps of its case before it, and written is itself as its case has
	// it: what they refer to is not known there.
	before  []scenarios.Step
	written scenarios.Step
	// session: the session that it is sent in has an id; before it is sent that may
	// be.
	session bool
	// last: nothing is sent behind it.
	last bool
}

// framesOf are the frames of a case, each line of a burst once.
func framesOf(c scenarios.Case, at Setting) []frame {
	var frames []frame
	for i, step := range c.Steps {
		lines := []scenarios.Step{step}
		if burst, ok := step.(scenarios.Burst); ok {
			lines = burst.Lines
		}
		for _, line := range lines {
			frames = append(frames, frame{at, line, c.Steps[:i], line, true, i == len(c.Steps)-1})
		}
	}
	return frames
}

// frame is what was sent, as demands look at it.
func (o Observation) frame(s Seen) frame {
	i := s.number()
	steps, written := o.Case.Steps, s.Sent
	if i > 0 && i <= len(steps) && !strings.Contains(s.Step, ".") {
		written = steps[i-1]
	}
	return frame{o.settingOf(s), s.Sent, steps[:max(0, min(i-1, len(steps)))], written, s.Session, i == len(steps)}
}

// number is that of the step that sent a frame, 0 where its place is no number: that has
// nothing before it.
func (s Seen) number() int {
	number, _, _ := strings.Cut(s.Step, ".")
	i, _ := strconv.Atoi(number)
	return i
}

// demand is what the protocol says of the answer to one kind of frame, beyond
// what it says of every answer. What is sent decides whether it applies, never
// what a scenario is called.
type demand struct {
	// rule is the id of the Rule; its revisions bound the demand. fix is the guard that
	// answers the demand where it is not that of the rule.
	rule, fix string
	// always: every frame of its kind poses it, so that no scenario is made for it,
	// and what breaks it says nothing of what was sent.
	always bool
	// posed reports whether a frame puts the rule to the test.
	posed func(frame) bool
	// broken says what is wrong with what came, and how grave it is where that is
	// not what the rule says; "" for nothing. It is asked only of frames that were
	// sent, posed, and not turned away for who sent them. It is nil where a check of
	// its own judges.
	broken func(Observation, Seen) (what string, grade Severity)
	// moot, of frames that are sent to be turned away, says why the answer tells
	// nothing: what it has to be compared with is missing. "" where it tells; nil for
	// all other frames.
	moot func(Observation, Seen) string
}

// demands returns all demands, by topic. Every frame is held to them, so they are
// made once.
var demands = sync.OnceValue(func() []demand {
	return slices.Concat(batchDemands(), lifeDemands(), listDemands(), methodDemands(), nameDemands(), originDemands(),
		twiceDemands(), cancelDemands(), featureDemands(), askDemands(), effectDemands(), disconnectDemands(), confirmDemands(), sequenceDemands(),
		discoveryDemands(), httpDemands(), statelessDemands(), headerDemands(), keyDemands(), metadataDemands())
})

// in reports whether a demand holds where a frame is sent, and the frame puts it
// to the test.
func (d demand) in(f frame) bool {
	if !d.posed(f) {
		return false
	}
	r, ok := RuleOf(d.rule)
	return ok && r.Holds(f.Revision)
}

// unmet finds answers against what the protocol demands of them.
func unmet(ctx *Context, o Observation) []Finding {
	sent, frames := make([]int, 0, len(o.Seen)), make([]frame, 0, len(o.Seen))
	for i, s := range o.Seen {
		if OutcomeOf(o, s) != Unsent {
			sent, frames = append(sent, i), append(frames, o.frame(s))
		}
	}
	var found []Finding
	for _, d := range demands() {
		r, ok := RuleOf(d.rule)
		if d.broken == nil || !ok {
			continue
		}
		for k, i := range sent {
			if !r.Holds(frames[k].Revision) || !d.posed(frames[k]) || !d.tells(o, o.Seen[i]) {
				continue
			}
			if what, grade := d.broken(o, o.Seen[i]); what != "" {
				found = append(found, d.finding(ctx, o, o.Seen[i], what, grade))
				break
			}
		}
	}
	return found
}

func (d demand) finding(ctx *Context, o Observation, s Seen, what string, grade Severity) Finding {
	f := finding(ctx, o, s, "protocol", d.rule, describe(s)+" "+what)
	if grade != SeverityUnset {
		f.Severity = grade
	}
	f.Fix = cmp.Or(d.fix, f.Fix)
	if d.always {
		f.Signature = signature("protocol", scenarios.Unlisted, d.rule)
	}
	return f
}

// tells reports whether the answer to a frame tells something of a demand that it
// poses.
func (d demand) tells(o Observation, s Seen) bool {
	if d.moot != nil {
		return d.moot(o, s) == ""
	}
	return !s.TurnedAway()
}

// demanded are the ids of the rules of the demands that a frame puts to the test.
func demanded(f frame) []string {
	var ids []string
	for _, d := range demands() {
		if d.in(f) {
			ids = append(ids, d.rule)
		}
	}
	return ids
}

// tested are those of them that its answer tells something of.
func (o Observation) tested(s Seen) []string {
	var ids []string
	f := o.frame(s)
	for _, d := range demands() {
		if d.in(f) && (d.moot == nil || d.moot(o, s) == "") {
			ids = append(ids, d.rule)
		}
	}
	return ids
}

// Moot says why none of the frames of a case that are sent to be turned away tells
// anything; "" where one does, or there are none.
func Moot(o Observation) string {
	if !o.HTTP {
		return "" // nobody can be turned away
	}
	reason := ""
	for _, s := range o.Seen {
		f := o.frame(s)
		for _, d := range demands() {
			if d.moot == nil || d.always || !d.in(f) {
				continue
			}
			why := d.moot(o, s)
			if why == "" {
				return ""
			}
			reason = cmp.Or(reason, why)
		}
	}
	return reason
}

// Fits reports whether a scenario can show something there: one that sets
// headers or verbs needs HTTP, one that closes connections, or asks outside of sessions,
// needs each answer on its own, one that opens sessions for others more than one event
// stream, one that names clients needs their keys, and one that is made to put demands to the
// test tells nothing where none of them holds.
func Fits(c scenarios.Case, at Setting) bool {
	made, here := false, false
	for _, f := range framesOf(c, at) {
		attrs := scenarios.AttrsOf(f.step)
		if !at.HTTP && (attrs.Verb != "" || len(attrs.Headers) > 0) || identity.Needs(attrs.As) > at.Clients {
			return false
		}
		if !f.possible() {
			return false
		}
		here = here || f.poses()
		made = made || posesSomewhere(f)
	}
	return here || !made
}

// possible reports whether the transport has what a step does. An event stream is that of
// one client.
func (f frame) possible() bool {
	switch step := f.step.(type) {
	case scenarios.Disconnect, scenarios.Fetch:
		return f.streamable()
	case scenarios.Open:
		return step.As == "" || !f.Stream
	case scenarios.Request:
		return step.As == "" || !f.Stream || step.Method != "initialize"
	}
	return true
}

// poses reports whether a frame puts a demand to the test that not every frame
// does, or is malformed by a rule that holds.
func (f frame) poses() bool {
	if raw, ok := f.step.(scenarios.Raw); ok {
		r, malformed := RuleOf(scenarios.ShapeOf([]byte(raw.Bytes)).Rule)
		if malformed && r.Holds(f.Revision) {
			return true
		}
	}
	return slices.ContainsFunc(demands(), func(d demand) bool { return !d.always && d.in(f) })
}

// posesSomewhere reports whether there is a setting in which a frame puts a
// demand to the test.
func posesSomewhere(f frame) bool {
	for _, r := range protocol.Revisions() {
		for _, f.Setting = range []Setting{{}, {HTTP: true}, {HTTP: true, Stream: true}} {
			if f.Revision = r.Name; f.poses() {
				return true
			}
		}
	}
	return false
}
