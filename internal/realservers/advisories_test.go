//go:build realservers

package realservers

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// advisory is a published vulnerability, the release that has it and the one that has
// not, and what shows which is which.
type advisory struct {
	id, published, about string
	source               func(version string) source
	vulnerable, fixed    string
	// command and env start a release: $B is the folder of its program, $V its version,
	// $HERE the folder of this test.
	command, env []string
	// rule and tool are those of the finding; the start of its mutant says by what.
	rule, tool, mutant string
	// url is where it listens, "" for stdio; cases is how many are played.
	url   string
	cases int
}

func advisories() []advisory {
	released := func(name string) func(string) source {
		return func(version string) source { return npmPackage("advisories", name+"-"+version) }
	}
	script := func(name, path string) []string { return []string{"node", "$B/../" + name + "-$V/" + path} }
	everything := func(string) source { return goProgram(goExamples + "everything") }
	files := script("filesystem", "dist/index.js")
	return []advisory{
		{
			"fs-prefix", "CVE-2025-53110", "paths compared as texts", released("filesystem"), "2025.3.28", "2025.7.1",
			append(files, "{root}"), nil, "TOOL-13", "read_file", "path-outside", "", fewCases,
		},
		{
			"fs-link", "CVE-2025-53109", "links out of the root", released("filesystem"), "2025.3.28", "2025.7.1",
			append(files, "{root}"), nil, "TOOL-13", "read_file", "path-linked", "", fewCases,
		},
		{
			"mastra-list", "CVE-2025-61685", "folders listed from anywhere", released("mastra"), "0.13.17", "0.13.31",
			script("mastra", "dist/stdio.js"), nil, "TOOL-13", "mastraDocs", "path-outside", "", fewCases,
		},
		{
			"figma-shell", "CVE-2025-53967", "an id in a shell", released("figma"), "0.6.0", "0.6.4",
			append(script("figma", "dist/$CLI"), "--stdio", "--figma-api-key", "dummy"), nil, "H14", "get_figma_data", "shell-text", "", fewCases,
		},
		{
			"searxng-inward", "ihor-sokoliuk/mcp-searxng issue 87", "addresses of the loopback", released("searxng"), "1.1.0", "1.2.0",
			script("searxng", "dist/index.js"),
			[]string{"SEARXNG_URL=http://127.0.0.1:9"},
			"H14", "web_url_read", "inward-address", "", fewCases,
		},
		{
			"playwright-rebind", "CVE-2025-9611", "requests for a host that it is not", released("playwright"), "0.0.39", "0.0.40",
			append(script("playwright", "cli.js"), "--headless", "--isolated", "--port", "{port}"), nil,
			"HTTP-05", "", "origin-rebound", "http://localhost:{port}/mcp", fewCases,
		},
		{
			"gosdk-rebind", "CVE-2026-34742", "requests for a host that it is not", everything, "v1.3.1", "v1.4.0",
			[]string{"$B/everything", "-http", "127.0.0.1:{port}"},
			nil,
			"HTTP-05", "", "origin-rebound", "http://127.0.0.1:{port}/mcp", fewCases,
		},
		{
			"gosdk-case", "CVE-2026-27896", "members in any case", everything, "v1.2.0", "v1.3.1",
			[]string{"$B/everything"},
			nil, "TOOL-07", "", "member-case", "", moreCases,
		},
		{
			"tssdk-redos", "CVE-2026-0621", "a pattern that tries every way", released("sdk"), "1.25.1", "1.25.2",
			[]string{"node", "$HERE/npm/advisories/items.mjs", "$B/../sdk-$V"},
			nil, "H5", "", "growing", "", fewCases,
		},
	}
}

// fewCases is each class that shows the rule, more than once.
const fewCases = 12

// moreCases is the same where ten tools and most scenarios of the library may show it.
const moreCases = 4 * fewCases

// advisoryRepeats is how often each release is run, each time under another seed.
const advisoryRepeats = 3

// Each vulnerable release is found, and each fixed one shows nothing of the kind, by
// what is dealt to every server.
func TestAdvisoriesAreFoundAndTheirFixesAreNot(t *testing.T) {
	if testing.Short() {
		t.Skip("not part of the short form; .ci/full plays all")
	}
	tool, at := build(t), cache(t)
	for _, a := range advisories() {
		t.Run(a.id, func(t *testing.T) {
			for i := range advisoryRepeats {
				if found := a.find(t, tool, at, a.vulnerable, i+1); len(found) == 0 {
					t.Errorf("%s %s, seed %d: nothing is found", a.id, a.vulnerable, i+1)
				}
				if found := a.find(t, tool, at, a.fixed, i+1); len(found) > 0 {
					t.Errorf("%s %s, seed %d: %s", a.id, a.fixed, i+1, found[0].Message)
				}
			}
		})
	}
}

// find runs a release and returns the findings that are those of the advisory.
func (a advisory) find(t *testing.T, tool, at, version string, seed int) []record.Finding {
	t.Helper()
	bin := a.source(version)(t, at, version)
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	scratch := newScratch(t, a.id+"-"+version)
	args := []string{
		tool, "run", "--include-writes", "--only", a.rule, "--cases", strconv.Itoa(a.cases), "--for", "1m", "--wait", "1m", "--fail-on", "never",
		"--seed", strconv.Itoa(seed), "--format", "json", "--out", filepath.Join(scratch.out, fmt.Sprint(seed)),
	}
	if a.tool != "" {
		args = append(args, "--tool", a.tool)
	}
	if a.url != "" {
		args = append(args, "--url", a.url)
	}
	for _, e := range a.env {
		args = append(args, "--env", e)
	}
	cli := map[string]string{"0.6.0": "cli.js", "0.6.4": "bin.js"}[version]
	for _, word := range append([]string{"--"}, a.command...) {
		args = append(args, strings.NewReplacer("$B", bin, "$V", version, "$CLI", cli, "$HERE", here).Replace(word))
	}
	args = server{outgoing: true}.apart(t, args)
	sum := scratch.play(t, args)
	if left, _ := os.ReadDir(scratch.tmp); slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "mcpfuzz-canary-") }) {
		t.Error("what was planted is left")
	}
	return slices.DeleteFunc(sum.Findings, func(f record.Finding) bool {
		return !f.Counts() || ruleOf(f) != a.rule || a.tool != "" && f.Tool != a.tool || !strings.HasPrefix(f.Mutant, a.mutant)
	})
}
