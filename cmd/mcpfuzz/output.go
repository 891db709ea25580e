package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/mcpfuzz/mcpfuzz/corpus"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The files of a run's folder.
const (
	recordsFile = "records.jsonl"
	summaryFile = "summary.json"
	foundFolder = "found"
	// maybeFolder holds what would not do in a corpus: findings that do not show
	// each time, or were not confirmed for lack of time.
	maybeFolder = "unconfirmed"
)

var runFiles = []string{recordsFile, summaryFile, foundFolder, maybeFolder}

// output is the folder a run writes to.
type output struct {
	dir          string
	records      *record.Writer
	found, maybe *corpus.Store
}

// openOutput makes the folder; one that holds a run is only written with force,
// and then emptied of that run's files.
func openOutput(dir string, force bool) (*output, error) {
	used, err := isUsed(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("use --out: %w", err)
	case used && !force:
		return nil, fmt.Errorf("%s holds files already; give another --out, or --force to replace that run", dir)
	}
	for _, name := range runFiles {
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
	store := func(folder string) *corpus.Store { return corpus.NewStore(filepath.Join(dir, folder)) }
	return &output{dir, records, store(foundFolder), store(maybeFolder)}, nil
}

// isUsed reports whether a folder holds something that must not be lost. A run
// that played no case, because its target was not there, is nothing to lose.
func isUsed(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	foreign := func(e os.DirEntry) bool { return !slices.Contains(runFiles, e.Name()) }
	if slices.ContainsFunc(entries, foreign) {
		return true, nil
	}
	s, err := readRun(dir)
	return !errors.Is(err, record.ErrNotBegun) && (err != nil || s.Cases > 0), nil
}

// readRun reads the answer of the run in a folder.
func readRun(dir string) (record.Summary, error) {
	return record.ReadSummary(filepath.Join(dir, summaryFile), filepath.Join(dir, recordsFile))
}

func (o *output) log(line record.Line) error { return o.records.Write(line) }

// save stores a found case and returns its path; saveMaybe does so with one
// that is not confirmed.
func (o *output) save(c scenarios.Case) (string, error)      { return o.found.Add(c) }
func (o *output) saveMaybe(c scenarios.Case) (string, error) { return o.maybe.Add(c) }

func (o *output) summary(s record.Summary) error {
	return record.Save(filepath.Join(o.dir, summaryFile), s)
}

func (o *output) close() { o.records.Close() }
