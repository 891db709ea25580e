package record

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Answers are what was saved of runs or of loads: one run, or the same load once or more.
type Answers struct {
	Run   *Summary
	Loads []Load
}

// ReadAnswers reads a file that was printed in JSON, or a folder of them: that of a run, or
// one of loads alone.
func ReadAnswers(path string) (Answers, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Answers{}, fmt.Errorf("read what is to be compared: %w", err)
	}
	if !info.IsDir() {
		return readAnswer(path)
	}
	const summary = "summary.json"
	if _, err := os.Stat(filepath.Join(path, summary)); err == nil {
		return readAnswer(filepath.Join(path, summary))
	}
	files, err := filepath.Glob(filepath.Join(path, "*.json"))
	if err != nil || len(files) == 0 {
		return Answers{}, fmt.Errorf("%s holds no answers in JSON", path)
	}
	var all Answers
	for _, file := range files {
		a, err := readAnswer(file)
		switch {
		case err != nil:
			return Answers{}, err
		case a.Run != nil:
			return Answers{}, fmt.Errorf("%s is the answer of a run; want one run, or loads alone", file)
		}
		all.Loads = append(all.Loads, a.Loads...)
	}
	return all, nil
}

// readAnswer reads one file. Runs and loads are told apart by the digest that only each
// has.
func readAnswer(path string) (Answers, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Answers{}, fmt.Errorf("read what is to be compared: %w", err)
	}
	var kind struct {
		Load *string `json:"schedule_digest"`
		Run  *string `json:"stream_digest"`
	}
	var l Load
	var s Summary
	err = json.Unmarshal(b, &kind)
	switch {
	case err == nil && kind.Load != nil:
		if err = json.Unmarshal(b, &l); err == nil {
			return Answers{Loads: []Load{l}}, checkVersion(path, l.Version)
		}
	case err == nil && kind.Run != nil:
		if err = json.Unmarshal(b, &s); err == nil {
			return Answers{Run: &s}, checkVersion(path, s.Version)
		}
	}
	return Answers{}, fmt.Errorf("%s is neither the answer of a run nor that of a load (--format json)", path)
}

// Changes are the confirmed findings that only the second of two runs has, only the first,
// and both.
type Changes struct {
	New  []Finding `json:"new"`
	Gone []Finding `json:"gone"`
	Kept []Finding `json:"kept"`
}

// Compare tells what changed from one run to another.
func Compare(before, after Summary) Changes {
	in := func(s Summary, f Finding) bool {
		return slices.ContainsFunc(s.Findings, func(g Finding) bool { return g.Counts() && g.Signature == f.Signature })
	}
	c := Changes{New: []Finding{}, Gone: []Finding{}, Kept: []Finding{}}
	for _, f := range after.Findings {
		switch {
		case !f.Counts():
		case in(before, f):
			c.Kept = append(c.Kept, f)
		default:
			c.New = append(c.New, f)
		}
	}
	for _, f := range before.Findings {
		if f.Counts() && !in(after, f) {
			c.Gone = append(c.Gone, f)
		}
	}
	return c
}

// Difference is a figure of two loads, each the median of its repeats with the lowest and the
// highest of them.
type Difference struct {
	Metric string   `json:"metric"`
	Before Interval `json:"before"`
	After  Interval `json:"after"`
	// Change is what was added, in parts of what was before; 0 where that was 0.
	Change float64 `json:"change"`
	// Word is "better", "worse" or "same".
	Word string `json:"word"`
	// Unit writes a figure for people.
	Unit func(float64) string `json:"-"`
}

// The words of a Difference.
const (
	Better = "better"
	Worse  = "worse"
	Same   = "same"
)

// Interval is the median of some figures, with the lowest and the highest.
type Interval struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Count  int     `json:"count"`
}
