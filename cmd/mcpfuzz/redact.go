package main

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// redactor keeps what is secret of a target out of everything written.
func redactor(t target) *record.Redactor {
	return record.NewRedactor(record.Hidden{Secrets: t.secrets, Args: t.args})
}

// secretValues are the values that must never come back from the server: what
// it was given in secret, and what the demo plants.
func secretValues(t target) []string {
	var values []string
	for _, v := range t.secrets {
		values = append(values, v)
	}
	if t.demo {
		values = append(values, demoSecret)
	}
	slices.Sort(values)
	return values
}
