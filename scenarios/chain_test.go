package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Steps that are kept mean the same steps as before, wherever these stand now.
func TestKeptStepsMeanTheSame(t *testing.T) {
	const head = "-- scenario --\nformat: mcpfuzz/1\nname: x\n\n-- steps --\n"
	const lines = `call other {}
call write {}
call use {"id": {"$from": "2/structuredContent/id"}, "text": {"$known": ["a", "b"]}}
call use retry=3:accept {"id": [{"$from": "2/content/0"}, {"$repeat": ["x", 3]}]}
burst 2
	call use {"id": {"$from": "2/id"}}
cancel 3
disconnect 4
fetch 2 as=none`
	c, err := scenarios.Parse([]byte(head + lines + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		places []int
		want   string
	}{
		{[]int{0, 1, 2, 3, 4, 5, 6, 7}, lines},
		{[]int{1, 2, 3, 4, 5, 6, 7}, strings.TrimPrefix(strings.NewReplacer(`"2/`, `"1/`, "retry=3", "retry=2", "cancel 3", "cancel 2", "disconnect 4", "disconnect 3", "fetch 2", "fetch 1").Replace(lines), "call other {}\n")},
		{[]int{1, 4}, "call write {}\nburst 2\n\tcall use {\"id\": {\"$from\": \"1/id\"}}"},
		{[]int{0}, "call other {}"},
		{[]int{0, 2}, ""},
		{[]int{0, 4}, ""},
		{[]int{1, 3}, ""},
		{[]int{0, 5}, ""},
		{[]int{0, 6}, ""},
		{[]int{0, 7}, ""},
	} {
		got := ""
		if kept, ok := scenarios.Kept(c.Steps, tc.places); ok {
			_, text, _ := strings.Cut(string(scenarios.Format(scenarios.Case{Name: "x", Steps: kept})), "-- steps --\n")
			got = strings.TrimSuffix(text, "\n")
		}
		if got != tc.want {
			t.Errorf("%v keeps\n%s\nwant\n%s", tc.places, got, tc.want)
		}
	}
	more := []scenarios.Step{scenarios.Call{Tool: "a"}, scenarios.Call{Tool: "b", Args: scenarios.Arr(scenarios.From("1/x"))}}
	for _, tc := range []struct {
		at, n  int
		others []scenarios.Step
		want   string
	}{
		{2, 0, more, "call other {}\ncall write {}\ncall a\ncall b [{\"$from\": \"3/x\"}]\n" + `call use {"id": {"$from": "2/structuredContent/id"}, "text": {"$known": ["a", "b"]}}`},
		{0, 0, more, "call a\ncall b [{\"$from\": \"1/x\"}]\ncall other {}\ncall write {}\n" + `call use {"id": {"$from": "4/structuredContent/id"}, "text": {"$known": ["a", "b"]}}`},
		{1, 1, more, "call other {}\ncall a\ncall b [{\"$from\": \"2/x\"}]\n" + `call use {"id": {"$from": "2/structuredContent/id"}, "text": {"$known": ["a", "b"]}}`},
		{1, 1, nil, ""},
		{0, 0, more[1:], "call b [{\"$from\": \"1/x\"}]\ncall other {}\ncall write {}\n" + `call use {"id": {"$from": "3/structuredContent/id"}, "text": {"$known": ["a", "b"]}}`},
	} {
		got := ""
		if spliced, ok := scenarios.Spliced(c.Steps[:3], tc.at, tc.n, tc.others); ok {
			_, text, _ := strings.Cut(string(scenarios.Format(scenarios.Case{Name: "x", Steps: spliced})), "-- steps --\n")
			got = strings.TrimSuffix(text, "\n")
		}
		if got != tc.want {
			t.Errorf("at %d for %d:\n%s\nwant\n%s", tc.at, tc.n, got, tc.want)
		}
	}
	if got := scenarios.SourcesOf(c.Steps[3]); !slices.Equal(got, []int{2}) {
		t.Errorf("the sources are %v", got)
	}
}
