// Package realservers runs mcpfuzz on servers that people use and compares what
// it finds with what was looked at by hand.
package realservers
