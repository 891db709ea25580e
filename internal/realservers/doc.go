// Package realservers runs mcpfuzz on servers that people use, compares what it
// finds with what was looked at by hand, and its labels with those of ajv.
package realservers
