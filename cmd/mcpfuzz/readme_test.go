package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

var update = flag.Bool("update", false, "rewrite the tables of the README, and the heads of the chapters of docs/hardening.md")

const readme = "../../README.md"

// TestReadmeTables holds the tables of the README to what mcpfuzz list prints.
func TestReadmeTables(t *testing.T) {
	old, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	for _, l := range lists() {
		section := regexp.MustCompile(`(?s)<!-- ` + l.name + ` -->\n.*?<!-- end -->`)
		table := fmt.Sprintf("<!-- %s -->\n%s<!-- end -->", l.name, markdown(l.head, l.rows()))
		text = section.ReplaceAllLiteralString(text, table)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != string(old) {
		t.Error("the tables of the README are stale; go test ./cmd/mcpfuzz -run TestReadmeTables -update")
	}
	for _, name := range []string{"classes", "profiles", "rules", "advice", "guards", "keys", "limits", "arrivals", "answers", "metrics", "verdicts", "slow"} {
		if !strings.Contains(text, "<!-- "+name+" -->\n|") {
			t.Errorf("the README has no table of %s", name)
		}
	}
}

// markdown is a table in which guards lead to what is told of them.
func markdown(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) {
		escaped := make([]string, len(cells))
		for i, c := range cells {
			escaped[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		b.WriteString("| " + strings.Join(escaped, " | ") + " |\n")
	}
	line(head)
	b.WriteString(strings.Repeat("| --- ", len(head)) + "|\n")
	for _, row := range rows {
		if i := slices.Index(head, "guard"); i >= 0 {
			row[i] = fmt.Sprintf("[%s](%s)", row[i], oracles.Guide(row[i]))
		}
		line(row)
	}
	return b.String()
}
