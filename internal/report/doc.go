// Package report turns the answer of a run into a table or JSON.
package report
