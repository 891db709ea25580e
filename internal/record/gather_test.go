package record_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// write makes the record of a run from lines.
func write(t *testing.T, lines ...record.Line) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.jsonl")
	w, err := record.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, line := range lines {
		line.Version = record.Version
		if err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// read reads the answer of a run that wrote no summary.
func read(path string) (record.Summary, error) {
	return record.ReadSummary(filepath.Join(filepath.Dir(path), "summary.json"), path)
}

var begun = record.Line{Run: &record.Run{
	Target: "./server", Protocol: "2025-11-25", Seed: 7, Tools: 3, Prompts: 1, Resources: 2, Pairs: 40,
	Skipped:      []record.Skip{{Tool: "c", Why: "not marked readOnlyHint"}},
	Inconclusive: []record.Inconclusive{{What: "b", Why: "no valid call"}},
}}

func played(index int, tool, class string, outcomes ...string) record.Line {
	return record.Line{Case: &record.Case{Index: index, Tool: tool, Class: class, Outcomes: outcomes, Rules: []string{"TOOL-05", "ENV-05"}}}
}

func found(signature, confirmed string) record.Line {
	return record.Line{Finding: &record.Finding{Signature: signature, Confirmed: confirmed}}
}

func TestARunThatWasKilledIsAddedUp(t *testing.T) {
	path := write(t, begun,
		played(0, "a", "T1", "rejected", "accepted"),
		played(64, "", "library/batch", "unsent"),
		found("x", record.Unconfirmed),
		found("y", record.Unconfirmed),
		played(1, "a", "T1", "rejected"),
		record.Line{Case: &record.Case{Index: 2, Tool: "prompt/p", Feature: "prompt", Class: "N1"}},
		record.Line{Case: &record.Case{Index: 3, Tool: "resource/r", Feature: "resource", Class: "N1"}},
		record.Line{Case: &record.Case{Index: 4, Tool: "completion/p", Feature: "completion", Class: "N1"}},
		found("x", record.ConfirmedProcess),
	)
	s, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Target != "./server" || s.Protocol != "2025-11-25" || s.Seed != 7 || s.Stopped == "" {
		t.Errorf("the run is %+v", s)
	}
	if s.Cases != 6 || s.Calls != 3 || s.Outcomes["rejected"] != 2 || s.Outcomes["accepted"] != 1 || s.Outcomes["unsent"] != 1 {
		t.Errorf("%d cases, %d calls, outcomes %v", s.Cases, s.Calls, s.Outcomes)
	}
	if got := s.Tested; !slices.Equal(got.Tools, []string{"a"}) || got.ToolsListed != 3 || got.Pairs != 5 || got.PairsKnown != 40 ||
		!slices.Equal(got.Rules, []string{"H4", "H15"}) || got.RulesKnown != 16 || !slices.Equal(got.Specs, []string{"ENV-05", "TOOL-05"}) {
		t.Errorf("tested %+v", got)
	}
	if got := s.Tested; !slices.Equal(got.Prompts, []string{"prompt/p"}) || !slices.Equal(got.Resources, []string{"resource/r"}) || got.PromptsListed != 1 || got.ResourcesListed != 2 {
		t.Errorf("tested beside the tools %+v", got)
	}
	if len(s.Skipped) != 1 || len(s.Inconclusive) != 1 {
		t.Errorf("skipped %v, inconclusive %v", s.Skipped, s.Inconclusive)
	}
	want := []string{"x process", "y unconfirmed"}
	var got []string
	for _, f := range s.Findings {
		got = append(got, f.Signature+" "+f.Confirmed)
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q: the later line counts", got, want)
	}
}

func TestTheLastLineMayBeTornAndNoOther(t *testing.T) {
	path := write(t, begun, played(0, "a", "T1", "rejected"))
	appendTo(t, path, `{"v":1,"kind":"case","case":{"ind`)
	if s, err := read(path); err != nil || s.Cases != 1 {
		t.Errorf("%d cases, %v; want the whole one", s.Cases, err)
	}
	appendTo(t, path, "\n"+`{"v":1,"kind":"case","case":{"index":2}}`+"\n")
	if _, err := read(path); err == nil || !strings.Contains(err.Error(), "records.jsonl:3 is no line of a record") {
		t.Errorf("error %v, want one that names line 3", err)
	}
}

func TestWhatIsNoRunIsTold(t *testing.T) {
	if _, err := read(write(t)); !errors.Is(err, record.ErrNotBegun) {
		t.Errorf("an empty record: %v, want ErrNotBegun", err)
	}
	path := write(t, begun)
	appendTo(t, path, `{"v":2,"kind":"case"}`+"\n")
	if _, err := read(path); err == nil || !strings.Contains(err.Error(), "has version 2; this mcpfuzz reads versions 1 to 1") {
		t.Errorf("a newer version: %v", err)
	}
	if _, err := record.Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a record was to be overwritten: %v", err)
	}
}

func TestTheEndOfARunIsItsAnswer(t *testing.T) {
	end := record.Line{End: &record.Summary{Version: 1, Cases: 5, StreamDigest: "d"}}
	s, err := read(write(t, begun, played(0, "a", "T1", "rejected"), end))
	if err != nil || s.Cases != 5 || s.StreamDigest != "d" || s.Stopped != "" {
		t.Errorf("read %+v, %v", s, err)
	}
}

func TestLinesOfManyWritersStayWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	w, err := record.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Write(record.Line{Version: 1, Run: begun.Run}); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for n := range 8 {
		writers.Go(func() {
			for i := range 50 {
				line := played(n*50+i, strings.Repeat("t", 1000), "T1", "rejected")
				line.Version = 1
				if err := w.Write(line); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if s, err := read(path); err != nil || s.Cases != 400 {
		t.Errorf("%d cases, %v; want 400", s.Cases, err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
