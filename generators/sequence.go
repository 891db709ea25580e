package generators

import (
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// sequenceClasses are the ways in which calls come in an order that makes no sense: upon
// what is gone, or was never there.
func sequenceClasses() []Generator {
	return []Generator{{
		ID: "Q1", Name: "sequence", Doc: "The model goes on with an id of what it has had destroyed, or with one that it has made up.",
		Right: "refuses it, and shows nothing that is gone, and nothing else in its place",
		Applies: func(s Subject) bool {
			_, shows := s.Catalog.Handle(scenarios.DeedShows, s.Name)
			return s.Feature == scenarios.FeatureTool && shows
		},
		Steps: sequence,
	}}
}

// The calls that are known by their roles, with a text of its own in each that writes.
const (
	roleWriter = "writer"
	roleOther  = "writer-2"
	roleReader = "reader"
)

// chain is a sequence that grows.
type chain struct {
	Subject
	shows, destroys scenarios.Handle
	steps           []scenarios.Step
	// thing is the number of the step that wrote the thing it is about, newest of the last
	// one that wrote any.
	thing, newest int
}

// sequence writes two things, looks at the first, mostly has it destroyed, and looks at it
// again, with other calls between that are drawn.
func sequence(d *Draw, s Subject) []scenarios.Step {
	c := &chain{Subject: s}
	c.shows, _ = s.Catalog.Handle(scenarios.DeedShows, s.Name)
	var can bool
	c.destroys, can = s.Catalog.Handle(scenarios.DeedDestroys, "")
	c.add(scenarios.Open{Attrs: scenarios.Attrs{Can: []string{"elicitation"}}}, agreeing())
	stranger := inTurn(d, []bool{false, true})
	if stranger {
		c.stranger()
	}
	c.write(roleWriter)
	c.thing = c.newest
	c.write(roleOther)
	c.between(d)
	c.upon(c.shows, c.thing)
	if can {
		// What is looked at right before and behind tells what has destroyed it.
		c.look()
		c.look()
		c.destroy()
		for range 1 + d.N(maxBetween) {
			c.look()
		}
		c.upon(c.shows, c.thing)
		c.write(roleOther)
		c.upon(c.shows, c.thing)
	}
	// What is shown of another thing is known by what its own id shows.
	c.upon(c.shows, c.newest)
	if stranger {
		c.stranger()
	}
	return c.steps
}

// agreeing is the answer of a user who agrees to whatever is asked.
func agreeing() scenarios.Answer {
	return scenarios.Answer{Method: "elicitation/create", Result: scenarios.Obj(
		member("action", scenarios.Str("accept")), member("content", scenarios.Obj()),
	)}
}

func (c *chain) add(steps ...scenarios.Step) { c.steps = append(c.steps, steps...) }

// role makes the call that is known by a role.
func (c *chain) role(role string) {
	c.add(toolCall(scenarios.Known(role+"/name", scenarios.Value{}), scenarios.Known(role+"/arguments", scenarios.Value{})))
}

func (c *chain) look() { c.role(roleReader) }

func (c *chain) write(role string) {
	c.role(role)
	c.newest = len(c.steps)
}

// upon makes a call upon what a step wrote.
func (c *chain) upon(h scenarios.Handle, step int) {
	c.add(toolCall(scenarios.Str(h.Tool), h.On(step)))
}

// destroy has the thing destroyed, and agrees where that is asked about.
func (c *chain) destroy() {
	c.upon(c.destroys, c.thing)
	again := c.steps[len(c.steps)-1].(scenarios.Request)
	again.Retry = scenarios.Retry{Of: len(c.steps), Answer: scenarios.AnswerAccept}
	c.add(again)
}

// maxBetween is how many calls come between two of a sequence.
const maxBetween = 3

// between makes some calls that take nothing away.
func (c *chain) between(d *Draw) {
	for range d.N(maxBetween + 1) {
		if d.Bool() {
			c.write(roleOther)
			continue
		}
		c.look()
	}
}

// stranger makes the call that shows the thing with an id that nobody was given.
func (c *chain) stranger() {
	for _, id := range scenarios.MadeUpIDs() {
		if args := c.shows.Args.With(c.shows.Pointer, id); c.allows(args) {
			c.add(toolCall(scenarios.Str(c.Name), args))
			return
		}
	}
}

// toolCall is a call of a tool that may be known by its role alone.
func toolCall(name, args scenarios.Value) scenarios.Request {
	return scenarios.Request{
		Attrs: scenarios.Attrs{Mutant: "sequence"}, Method: "tools/call",
		Params: scenarios.Obj(member("name", name), member("arguments", args)),
	}
}
