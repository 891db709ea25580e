package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
)

// printStats prints how often each class was made and should have been, whether
// that agrees, and what was not made for lack of a tool.
func printStats(w io.Writer, p generators.Profile, counts []generators.Count) error {
	n := 0
	for _, c := range counts {
		n += c.Observed
	}
	var rows [][]string
	for _, c := range counts {
		g, _ := generators.Find(c.Class)
		name := strings.TrimSpace(c.Class + " " + g.Name)
		if name == "" {
			name = "valid"
		}
		share := 100 * float64(c.Observed) / float64(n)
		rows = append(rows, []string{name, strconv.Itoa(c.Observed), fmt.Sprintf("%.1f", c.Expected), fmt.Sprintf("%.3f %%", share)})
	}
	if err := report.Rows(w, []string{"class", "observed", "expected", "share"}, rows, tableOptions(w)); err != nil {
		return err
	}
	x, freedom, tail := generators.ChiSquare(counts)
	if _, err := fmt.Fprintf(w, "chi-square %.2f with %s of freedom, p %.4f\n", x, degrees(freedom), tail); err != nil {
		return err
	}
	return printUnmade(w, p, counts)
}

func degrees(n int) string {
	if n == 1 {
		return "1 degree"
	}
	return fmt.Sprintf("%d degrees", n)
}

// printUnmade tells of the classes of a profile that were left valid.
func printUnmade(w io.Writer, p generators.Profile, counts []generators.Count) error {
	var unmade []string
	percent := 0.0
	for _, r := range p.Rates {
		if !slices.ContainsFunc(counts, func(c generators.Count) bool { return c.Class == r.Class }) {
			unmade = append(unmade, r.Class)
			percent += r.Percent
		}
	}
	if len(unmade) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "left valid, since they are made of no tool here: %s (%.3g %% of calls)\n", strings.Join(unmade, " "), percent)
	return err
}
