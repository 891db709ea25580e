// Package protocol knows how a step becomes a message in each MCP revision,
// and how a reply is read.
package protocol
