// Package record is one line of results: its schema version, its redaction.
package record
