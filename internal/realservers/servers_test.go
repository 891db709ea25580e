//go:build realservers

package realservers

import (
	"strconv"
	"strings"
)

// goExamples is where the Go SDK keeps its example servers.
const goExamples = "github.com/modelcontextprotocol/go-sdk/examples/server/"

// server is a real server and how it is started.
type server struct {
	id string
	// source installs it: a package of a folder of npm, or a Go program.
	source  source
	version string
	// command starts it: $B is the folder of its program, $ROOT its scratch
	// folder; {port} is for the tool to fill.
	command []string
	// env are variables that it is started with, url where it then listens; ""
	// for stdio.
	env []string
	url string
	// short: it is part of the short form.
	short bool
	// readOnly: only its tools that are marked read-only are called, since others
	// run whatever they are given.
	readOnly bool
	// outgoing: it calls hosts of its own, so it is only started where it can
	// reach none.
	outgoing bool
}

func servers() []server {
	const (
		everything = "@modelcontextprotocol/server-everything"
		filesystem = "@modelcontextprotocol/server-filesystem"
		seqthink   = "@modelcontextprotocol/server-sequential-thinking"
		playwright = "@playwright/mcp"
		context7   = "@upstash/context7-mcp"
		git        = "@cyanheads/git-mcp-server"
		released   = "2026.8.31"
		goVersion  = "v1.8.0"
	)
	return []server{
		{id: "gosdk-hello", source: goProgram(goExamples + "hello"), version: goVersion, command: []string{"$B/hello"}, short: true},
		{id: "gosdk-everything", source: goProgram(goExamples + "everything"), version: goVersion, command: []string{"$B/everything"}},
		{
			id: "gosdk-everything-http", source: goProgram(goExamples + "everything"), version: goVersion,
			command: []string{"$B/everything", "-http", "127.0.0.1:{port}"}, url: "http://127.0.0.1:{port}/mcp",
		},
		{
			id: "mcpgo-typed", source: goProgram("github.com/mark3labs/mcp-go/examples/typed_tools"), version: "v1.2.1",
			command: []string{"$B/typed_tools"}, short: true,
		},
		{id: "seqthink", source: official(seqthink), version: released, command: []string{"$B/mcp-server-sequential-thinking"}},
		{
			id: "filesystem", source: official(filesystem), version: released,
			command: []string{"$B/mcp-server-filesystem", "$ROOT"}, short: true,
		},
		{id: "everything", source: official(everything), version: released, command: []string{"$B/mcp-server-everything", "stdio"}},
		{
			id: "everything-http", source: official(everything), version: released,
			command: []string{"$B/mcp-server-everything", "streamableHttp"},
			env:     []string{"PORT={port}"}, url: "http://127.0.0.1:{port}/mcp",
		},
		{id: "playwright", source: others(playwright), version: "0.0.83", command: []string{"$B/playwright-mcp", "--headless", "--isolated"}},
		{
			id: "playwright-http", source: others(playwright), version: "0.0.83",
			command: []string{"$B/playwright-mcp", "--headless", "--isolated", "--port", "{port}"},
			// It refuses the loopback under any other name.
			url: "http://localhost:{port}/mcp",
		},
		{id: "context7", source: others(context7), version: "4.1.1", command: []string{"$B/context7-mcp"}, outgoing: true},
		{
			id: "context7-http", source: others(context7), version: "4.1.1",
			command: []string{"$B/context7-mcp", "--transport", "http", "--port", "{port}"}, url: "http://127.0.0.1:{port}/mcp", outgoing: true,
		},
		{
			id: "git", source: others(git), version: "2.15.3", command: []string{"$B/git-mcp-server"},
			env: []string{"MCP_TRANSPORT_TYPE=stdio", "GIT_BASE_DIR=$ROOT", "LOGS_DIR=$ROOT/logs"},
		},
		{
			id: "git-http", source: others(git), version: "2.15.3", command: []string{"$B/git-mcp-server"},
			env: []string{
				"MCP_TRANSPORT_TYPE=http", "MCP_HTTP_HOST=127.0.0.1", "MCP_HTTP_PORT={port}", "GIT_BASE_DIR=$ROOT", "LOGS_DIR=$ROOT/logs",
			},
			url: "http://127.0.0.1:{port}/mcp",
		},
		{id: "antv-chart", source: others("@antv/mcp-server-chart"), version: "0.9.10", command: []string{"$B/mcp-server-chart"}, outgoing: true},
		{
			id: "desktop-commander", source: others("@wonderwhy-er/desktop-commander"), version: "0.2.52",
			command: []string{"$B/desktop-commander"}, readOnly: true, outgoing: true,
		},
		{id: "excel-go", source: others("@negokaz/excel-mcp-server"), version: "0.12.0", command: []string{"$B/excel-mcp-server"}},
		{id: "pdf-reader", source: others("@sylphx/pdf-reader-mcp"), version: "2.4.0", command: []string{"$B/pdf-reader-mcp"}},
		{id: "hello", source: others("mcp-hello-world"), version: "1.1.2", command: []string{"$B/mcp-hello-world"}},
	}
}

// official and others are the folders of npm: one for the packages of the
// protocol's own makers, which the short form needs, one for those of others.
func official(name string) source { return npmPackage("official", name) }
func others(name string) source   { return npmPackage("others", name) }

// flags are the arguments of the tool that run a server, with further ones of its own.
func (s server) flags(cases int, further ...string) []string {
	args := []string{"run"}
	if !s.readOnly {
		args = append(args, "--include-writes")
	}
	args = append(args, "--seed", "1", "--cases", strconv.Itoa(cases), "--wait", "1m", "--fail-on", "never")
	args = append(args, further...)
	for _, e := range s.env {
		args = append(args, "--env", e)
	}
	if s.url != "" {
		args = append(args, "--url", s.url)
	}
	return append(append(args, "--"), s.command...)
}

// atLength lets a run whose findings are looked at by hand come to its end.
func atLength() []string { return []string{"--for", "15m"} }

// published is the command line as the results show it, with the places unfilled.
func (s server) published(cases int) string {
	return strings.ReplaceAll(strings.Join(append([]string{"mcpfuzz"}, s.flags(cases, atLength()...)...), " "), "$B/", "")
}
