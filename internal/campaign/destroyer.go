package campaign

import (
	"context"
	"fmt"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// destroyerTries is how many calls are tried for one that destroys what was written.
const destroyerTries = 6

// The steps of a case that write what a later one destroys. Calls that destroy are known
// by the step: "destroyer-3" destroys what step 3 wrote.
const (
	firstWrite  = 3
	secondWrite = 4
)

// findDestroyer looks for a tool that destroys what a call has written, so that what is
// destroyed without leave can be told by what another tool no longer shows. The client
// declares that its user can be asked, where that takes no session of its own, and the
// user agrees.
func (k *seeker) findDestroyer(ctx context.Context, writer, reader scenarios.Call) error {
	tries := 0
	for _, tool := range destructiveFirst(k.learned.catalog.Tools()) {
		if !k.learned.may[tool.Name] || tool.Unusable || tool.Name == writer.Tool {
			continue
		}
		for _, place := range k.handles(tool) {
			if tries++; tries > destroyerTries {
				return nil
			}
			destroyer := scenarios.Call{Tool: tool.Name, Args: place.On(firstWrite)}
			found, err := k.destroys(ctx, writer, reader, destroyer)
			if err != nil {
				return err
			}
			if found {
				k.learned.name(fmt.Sprintf("destroyer-%d", firstWrite), destroyer)
				destroyer.Args = place.On(secondWrite)
				k.learned.name(fmt.Sprintf("destroyer-%d", secondWrite), destroyer)
				place.Does = scenarios.DeedDestroys
				k.upon = append(k.upon, place)
				return nil
			}
		}
	}
	return ctx.Err()
}

// destructiveFirst are the tools that may destroy something, those that say so first.
func destructiveFirst(tools []scenarios.Tool) []scenarios.Tool {
	says := func(t scenarios.Tool) int {
		if t.Annotations.Destructive == nil {
			return 1
		}
		return 0
	}
	tools = slices.DeleteFunc(slices.Clone(tools), func(t scenarios.Tool) bool {
		return t.IsReadOnly() || t.Annotations.Destructive != nil && !*t.Annotations.Destructive
	})
	slices.SortStableFunc(tools, func(a, b scenarios.Tool) int { return says(a) - says(b) })
	return tools
}

// handles are the places in the arguments of a tool where what a call of the writer is
// answered may stand: under its name, and of the kind that is wanted there.
func (k *seeker) handles(tool scenarios.Tool) []scenarios.Handle {
	args := k.learned.controls[tool.Name].Call.Args
	if args.IsAbsent() {
		draw := generators.FromSeed(generators.Derive(k.Seed, learnStream))
		args, _ = generators.Valid(draw, generators.NewSubject(k.learned.catalog, tool))
	}
	var places []scenarios.Handle
	for _, m := range args.Members() {
		pointer := scenarios.Pointer("", m.Key)
		for _, leaf := range k.written {
			if meaning(leaf.name) == meaning(m.Key) && k.allows(tool.Name, args.With(pointer, leaf.value), pointer) {
				places = append(places, scenarios.Handle{Tool: tool.Name, Args: args, Pointer: pointer, Path: leaf.path})
			}
		}
	}
	return places
}

// destroys reports whether a call destroys what a writer has written.
func (k *seeker) destroys(ctx context.Context, writer, reader, destroyer scenarios.Call) (bool, error) {
	var err error
	if k.session, err = k.usable(ctx, k.session); err != nil {
		return false, err
	}
	agree := scenarios.Answer{Method: "elicitation/create", Result: scenarios.MustValue(`{"action": "accept", "content": {}}`)}
	first := scenarios.Step(agree)
	if k.session.Revision().Stateless {
		first = scenarios.Open{Attrs: scenarios.Attrs{Can: []string{"elicitation"}}}
	}
	write, read, destroy := asRequest(writer), asRequest(reader), asRequest(destroyer)
	again := destroy
	again.Retry = scenarios.Retry{Of: 6, Answer: scenarios.AnswerAccept}
	c := scenarios.Case{Name: "learning", Steps: []scenarios.Step{first, agree, write, read, read, destroy, again, read}}
	k.announce(c)
	o := k.session.Play(ctx, c, k.learned.lookup, noOvertime)
	return oracles.Destroys(o, "6") || oracles.Destroys(o, "7"), ctx.Err()
}

// asRequest is a call as the scenarios that know it by its role make it.
func asRequest(c scenarios.Call) scenarios.Request {
	return scenarios.Request{Method: "tools/call", Params: scenarios.Obj(
		scenarios.Member{Key: "name", Value: scenarios.Str(c.Tool)}, scenarios.Member{Key: "arguments", Value: c.Args},
	)}
}

// leaf is a value in an answer: its name, and the path that leads to it.
type leaf struct {
	name, path string
	value      scenarios.Value
}

// maxLeaves bounds how many values of an answer are looked at.
const maxLeaves = 32

// leavesOf are the strings and numbers that the structured content of an answer names,
// and those that JSON in its texts does.
func leavesOf(r oracles.Reply) []leaf {
	body, err := scenarios.ParseJSON(r.Body)
	if err != nil {
		return nil
	}
	var leaves []leaf
	structured, _ := body.At("/structuredContent")
	leaves = addLeaves(leaves, "", "structuredContent", structured)
	content, _ := body.At("/content")
	for i, block := range content.Items() {
		text, _ := block.Member("text").Text()
		if v, err := scenarios.ParseJSON([]byte(text)); err == nil {
			leaves = addLeaves(leaves, "", fmt.Sprintf("content/%d/text", i), v)
		}
	}
	return leaves
}

func addLeaves(leaves []leaf, name, path string, v scenarios.Value) []leaf {
	if len(leaves) >= maxLeaves {
		return leaves
	}
	for _, m := range v.Members() {
		leaves = addLeaves(leaves, m.Key, path+scenarios.Pointer("", m.Key), m.Value)
	}
	for i, item := range v.Items() {
		leaves = addLeaves(leaves, name, fmt.Sprintf("%s/%d", path, i), item)
	}
	if k := v.Kind(); name != "" && (k == scenarios.String || k == scenarios.Number) {
		leaves = append(leaves, leaf{name, path, v})
	}
	return leaves
}
