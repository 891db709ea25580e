package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The files of a run's folder.
const (
	recordsFile = "records.jsonl"
	summaryFile = "summary.json"
	foundFolder = "found"
)

// output is the folder a run writes to.
type output struct {
	dir     string
	records *record.Writer
	found   *corpus.Store
	redact  *record.Redactor
}

// openOutput makes the folder; one that holds a run is only written with force,
// and then emptied of that run's files.
func openOutput(dir string, force bool, redact *record.Redactor) (*output, error) {
	used := false
	if entries, err := os.ReadDir(dir); err == nil {
		used = len(entries) > 0
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("use --out: %w", err)
	}
	if used && !force {
		return nil, fmt.Errorf("%s holds files already; give another --out, or --force to replace that run", dir)
	}
	for _, name := range []string{recordsFile, summaryFile, foundFolder} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("empty --out: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make --out: %w", err)
	}
	records, err := record.Create(filepath.Join(dir, recordsFile))
	if err != nil {
		return nil, err
	}
	return &output{dir: dir, records: records, found: corpus.NewStore(filepath.Join(dir, foundFolder)), redact: redact}, nil
}

func (o *output) log(line record.Line) error { return o.records.Write(line) }

// save stores a found case and returns its path.
func (o *output) save(c scenarios.Case) (string, error) { return o.found.Add(c) }

func (o *output) summary(s record.Summary) error {
	return record.WriteSummary(filepath.Join(o.dir, summaryFile), s)
}

func (o *output) close() { o.records.Close() }

// again writes a command line of ours that works when it is pasted.
func again(command, file string, args []string) string {
	words := append([]string{self(), command, file}, args...)
	for i, w := range words[1:] {
		words[i+1] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// self is how this program was started: by its path, or with go run.
func self() string {
	exe, err := os.Executable()
	if err == nil && strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/mcpfuzz"
	}
	return shellQuote(os.Args[0])
}

// shellQuote quotes a word for a POSIX shell where it needs it.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
