package oracles

import (
	"net/http"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// isPlain reports whether nothing about how a request is sent, some headers aside, gives a
// server a reason of its own to refuse it: not its client, and not what isUsual looks at.
func (f frame) isPlain(but ...string) bool {
	return scenarios.AttrsOf(f.step).As == "" && f.isUsual(but...)
}

// isUsual reports whether that is so whoever sends it: not its verb, its id or its
// revision, and not that its session has not begun or was ended.
func (f frame) isUsual(but ...string) bool {
	a := scenarios.AttrsOf(f.step)
	own := a.Protocol == "" && a.Verb == "" && owed(f.step) && !isOdd(a.ID)
	return own && onlySets(a, but...) && !f.isBare() && !f.isEnded()
}

// onlySets reports whether a step sets no headers but some.
func onlySets(a scenarios.Attrs, names ...string) bool {
	return !slices.ContainsFunc(a.Headers, func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(name)) })
	})
}

// isBare reports whether nobody opened a session before a frame where one must be.
func (f frame) isBare() bool {
	steps := append(slices.Clone(f.before), f.written)
	return f.Revision < modern && scenarios.AttrsOf(steps[0]).Handshake == "none"
}

// isEnded reports whether a step before a frame may have ended its session.
func (f frame) isEnded() bool {
	return slices.ContainsFunc(f.before, ends)
}

// ends reports whether a step asks for the end of a session; a document is always fetched by
// GET.
func ends(step scenarios.Step) bool {
	_, fetches := step.(scenarios.Fetch)
	return !fetches && scenarios.AttrsOf(step).Verb == http.MethodDelete
}

// isList reports whether a request asks for the first page of a list, which every server
// answers that has one.
func isList(f frame) bool {
	r, ok := f.step.(scenarios.Request)
	return ok && slices.Contains(lists, r.Method) && r.Params.IsAbsent()
}

// lists are the methods that ask for one.
var lists = []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list"}
