package oracles

import "github.com/mcpfuzz/mcpfuzz/scenarios"

// Check is an oracle: a named judge over one Observation.
type Check struct {
	Name string
	// Doc is one sentence: what a finding of this check means.
	Doc string
	// Rules are the ids of the Rules it may report.
	Rules []string
	// Judge returns what is wrong. It is a pure function.
	Judge func(*Context, Observation) []Finding
}

// Context is what a Check knows besides the Observation. It is frozen before
// the first case and safe for concurrent use.
type Context struct {
	Catalog *scenarios.Catalog
	// Controls holds a valid call that worked, and its answer's text, by tool.
	Controls map[string]Control
	// Refused holds the texts by which valid calls were refused, of the tools of which
	// none worked: what stands there is no news in the refusal of another.
	Refused map[string]string
	// Secrets are values that must never come back (planted by the tester).
	Secrets []string
	// Rooted: the server was told of the folder that it may use, beside which things
	// are planted.
	Rooted bool
	// Shown are strings that the user knows the server to show: the command
	// line, the root it was given.
	Shown []string
}

// Control is a valid call that worked before the first case.
type Control struct {
	Call scenarios.Call
	// Text is what a model read in the answer.
	Text string
}
