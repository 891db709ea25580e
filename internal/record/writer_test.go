package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

func lines(n int) []record.Line {
	list := []record.Line{{Version: record.Version, Kind: record.KindRun, Run: &record.Run{Target: "$PWD/server", Protocol: "2025-11-25", Seed: 7, Cases: n}}}
	for i := range n {
		list = append(list, record.Line{Version: record.Version, Kind: record.KindCase, Case: &record.Case{Index: i, Class: "P1", Outcomes: []string{"rejected", "accepted"}}})
	}
	return append(list, record.Line{Version: record.Version, Kind: record.KindFinding, Finding: &record.Finding{
		Signature: "crash/t", Sent: "<a href=\"x\"> & é \xff\n\u2028", Stderr: []string{"panic: \"x\""}, Case: 3, Seen: 2,
	}})
}

// written makes a record of lines and returns its path and its bytes.
func written(t *testing.T, list []record.Line) (string, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.jsonl")
	w, err := record.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, data
}

func read(path string) (record.Summary, error) {
	return record.ReadSummary(filepath.Join(filepath.Dir(path), "summary.json"), path)
}

func TestRecordIsReadBack(t *testing.T) {
	list := lines(5)
	path, data := written(t, list)
	if got := bytes.Count(data, []byte("\n")); got != len(list) || !bytes.HasSuffix(data, []byte("}\n")) || bytes.Contains(data, []byte(`\u003c`)) {
		t.Errorf("%d lines:\n%s", got, data)
	}
	s, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Target != "$PWD/server" || s.Protocol != "2025-11-25" || s.Seed != 7 || s.Cases != 5 || s.Calls != 10 ||
		!reflect.DeepEqual(s.Outcomes, map[string]int{"rejected": 5, "accepted": 5}) || len(s.Findings) != 1 || s.Stopped == "" {
		t.Errorf("%+v", s)
	}
	if _, err := record.Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a record is overwritten: %v", err)
	}
}

// A run that is killed while it writes loses at most the line it was writing:
// wherever the file ends, all lines before are read.
func TestTornRecordLosesOneLine(t *testing.T) {
	for _, list := range [][]record.Line{lines(3), lines(3)[:4], {lines(0)[0]}} {
		path, data := written(t, list)
		last := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
		before := countOf(t, list[:len(list)-1])
		whole := countOf(t, list)
		for end := last; end <= len(data); end++ {
			if err := os.WriteFile(path, data[:end], 0o644); err != nil {
				t.Fatal(err)
			}
			s, err := read(path)
			if err != nil {
				t.Fatalf("torn at byte %d of %d: %v", end-last, len(data)-last, err)
			}
			want := before
			if end >= len(data)-1 {
				want = whole
			}
			if got := counted(s); got != want {
				t.Fatalf("torn at byte %d of %d: %s, want %s", end-last, len(data)-last, got, want)
			}
		}
	}
}

func countOf(t *testing.T, list []record.Line) string {
	t.Helper()
	path, _ := written(t, list)
	s, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	return counted(s)
}

func counted(s record.Summary) string {
	return fmt.Sprintf("target %q, %d cases, %d findings", s.Target, s.Cases, len(s.Findings))
}

func TestRecordErrors(t *testing.T) {
	_, sound := written(t, lines(2))
	broken := bytes.Replace(sound, []byte(`{"v":1,"kind":"case"`), []byte(`{"v":1,"kin`), 1)
	for name, tc := range map[string]struct{ records, summary, want string }{
		"broken in the middle":    {string(broken), "", "records.jsonl:2 is no line of a record"},
		"newer":                   {strings.Replace(string(sound), `{"v":1`, `{"v":2`, 1), "", "records.jsonl has version 2; this mcpfuzz reads versions 1 to 1"},
		"newer, of another shape": {`{"v":2,"run":["no","object"]}` + "\n" + string(sound), "", "has version 2"},
		"of another shape":        {`{"v":1,"run":["no","object"]}` + "\n" + string(sound), "", "records.jsonl:1 is no line of a record"},
		"no version":              {"{}\n", "", "has version 0"},
		"newer summary":           {"", `{"version":2,"findings":{"by":"rule"}}`, "summary.json has version 2"},
		"no summary":              {"", `[]`, "summary.json is no summary of a run"},
		"summary, other shape":    {"", `{"version":1,"findings":7}`, "summary.json is no summary of a run"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "records.jsonl")
		if err := os.WriteFile(path, []byte(tc.records), 0o644); err != nil {
			t.Fatal(err)
		}
		if tc.summary != "" {
			if err := os.WriteFile(filepath.Join(dir, "summary.json"), []byte(tc.summary), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := read(path); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if _, err := read(filepath.Join(t.TempDir(), "records.jsonl")); err == nil || !strings.HasPrefix(err.Error(), "read the run: ") {
		t.Errorf("nothing there: %v", err)
	}
}

// The summary, where there is one, is the answer; so is that at the end of a
// record.
func TestSummaryIsReadBack(t *testing.T) {
	want := record.Summary{
		Version: record.Version, Target: "<demo>", Seed: 1<<64 - 1, Cases: 9, Calls: 11, Seconds: 1.5, Outcomes: map[string]int{"ok": 1},
		Tested: record.Tested{Tools: []string{"t"}}, Skipped: []record.Skip{{Tool: "x", Why: "w"}}, Findings: []record.Finding{{Signature: "s", Confirmed: record.Flaky}},
	}
	path, _ := written(t, append(lines(2), record.Line{Version: record.Version, Kind: record.KindEnd, End: &want}))
	if got, err := read(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("from the record: %+v, %v", got, err)
	}
	summary := filepath.Join(filepath.Dir(path), "summary.json")
	want.Cases = 10
	for range 2 {
		if err := record.WriteSummary(summary, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := read(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("from the summary: %+v, %v", got, err)
	}
	var printed bytes.Buffer
	if err := want.Encode(&printed); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(summary); !bytes.Equal(data, printed.Bytes()) || !json.Valid(data) || !bytes.Contains(data, []byte(`"<demo>"`)) {
		t.Errorf("saved is not what is printed:\n%s\n%s", data, printed.Bytes())
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 2 {
		t.Errorf("drafts are left behind: %v", entries)
	}
}

// Lines of several workers do not mix.
func TestWriterServesSeveral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	w, err := record.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 100 {
				l := record.Line{Version: record.Version, Kind: record.KindCase, Case: &record.Case{Index: i, Note: strings.Repeat("x", worker*1000), Outcomes: []string{"ok"}}}
				if err := w.Write(l); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := read(path); err != nil || s.Cases != 400 {
		t.Errorf("%d cases, %v", s.Cases, err)
	}
	if err := w.Write(lines(0)[0]); err == nil {
		t.Error("a closed record takes a line")
	}
}

func TestOnlyConfirmedFindingsCount(t *testing.T) {
	for word, want := range map[string]bool{record.ConfirmedProcess: true, record.ConfirmedSession: true, record.Flaky: false, record.Unconfirmed: false, "": false} {
		if got := (record.Finding{Confirmed: word}).Counts(); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}
