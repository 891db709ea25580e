// Package scenarios is the vocabulary: Catalog, Case, Value, text form, Want;
// and the library of scenarios that come with mcpfuzz.
//
// A [Case] is one concrete exchange with an MCP server. It is small text
// whatever it expands to, immutable, and needs nothing else to be replayed.
// [Parse] and [Format] are its text form; a [Catalog] holds the tools that a
// server publishes and labels what is sent by validating it ([Catalog.WantOf]).
package scenarios
