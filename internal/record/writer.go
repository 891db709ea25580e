package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Writer appends lines to a file so that a run that is killed loses at most the
// line being written. It is safe for concurrent use.
type Writer struct {
	mu sync.Mutex
	f  *os.File
}

// Create makes the file; it must not exist.
func Create(path string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("make the record: %w", err)
	}
	return &Writer{f: f}, nil
}

// Write appends one line with one write.
func (w *Writer) Write(line Line) error {
	b, err := encode(line, "")
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.f.Write(b); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// Close closes the file.
func (w *Writer) Close() error { return w.f.Close() }

// encode writes JSON as people read it: without HTML escapes, in one line or
// indented.
func encode(x any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(x); err != nil {
		return nil, fmt.Errorf("encode a record: %w", err)
	}
	return b.Bytes(), nil
}

// Save writes the answer of a run or of a load to a file, which is there wholly or not at
// all: what it held before is there until then.
func Save(path string, answer any) error {
	b, err := encode(answer, "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", b, 0o644); err != nil {
		return fmt.Errorf("save the answer: %w", err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("save the answer: %w", err)
	}
	return nil
}

// Encode writes the summary as it is printed and saved.
func (s Summary) Encode(w io.Writer) error { return Print(w, s) }

// Print writes JSON as people read it.
func Print(w io.Writer, x any) error {
	b, err := encode(x, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// ReadSummary reads the answer of a run from its summary or, where the run was
// killed before it wrote one, gathers it from its record.
func ReadSummary(summary, records string) (Summary, error) {
	b, err := os.ReadFile(summary)
	if errors.Is(err, os.ErrNotExist) {
		return gather(records)
	}
	if err != nil {
		return Summary{}, fmt.Errorf("read the summary: %w", err)
	}
	var s Summary
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s is no summary of a run: %w", summary, err)
	}
	return s, checkVersion(summary, s.Version)
}

func checkVersion(path string, version int) error {
	if version < 1 || version > Version {
		return fmt.Errorf("%s has version %d; this mcpfuzz reads versions 1 to %d", path, version, Version)
	}
	return nil
}
