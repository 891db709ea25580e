// Command mcpfuzz plays the language model that gets it wrong, against an MCP
// server, and tells what the server did.
package main
