// Package mcpfuzz plays the LLM that gets it wrong in your own go test: it makes
// the mistakes that models make when they call the tools of an MCP server, and
// judges every answer.
//
// There are three doors for a server of the official Go SDK, all of which take
// the function that makes it:
//
//   - [Fuzz] lets Go's native fuzzer look for the call that breaks the server.
//   - [Check] plays a fixed number of cases; the same seed plays the same ones.
//   - [Replay] plays saved scenarios again, so that what was found once stays
//     fixed.
//
// [FuzzTarget] fuzzes a server that is reached in any other way, as
// [github.com/mcpfuzz/mcpfuzz/transport] knows them: a command, a URL, a
// stream. Every tool is called, those that write included; [SkipTools] leaves
// some out.
//
// # Findings
//
// A finding at or above the level (see [FailOn]) fails the test. It tells the
// rule that is broken, what was sent, what came, what a sound server does, and
// the scenario in its text form. Save that text, without the blanks by which Go
// indents it, as a .txtar file for [Replay]: it means the same when tools or
// versions change, which Go's own corpus file does not.
//
// # Panics
//
// Nothing is recovered: a panic of the server is the finding, with its stack
// as Go prints it. What led to it is written to standard error before it is
// sent, so the last scenario there is the one to blame. It is written
//
//   - for every case under -v,
//   - for an input of a fuzz test that was saved by the fuzzer, or is named by
//     -run,
//   - under -fuzz, for the valid calls from which the tools are learnt.
//
// What the workers of go test -fuzz write is thrown away by Go. It saves the
// input that ended a worker and prints the command that runs it again, like
//
//	go test -run=FuzzServer/582528ddfad69eb5
//
// and that command shows the scenario, and below it the panic. Where Go names a
// seed instead, the same command with that name does.
package mcpfuzz
