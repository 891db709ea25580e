package report

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"
)

// padding is what a column holds beside its text, least the width that columns
// do not give way below.
const padding, least = 2, 12

// widths shares the columns out: each as wide as its longest text, then the
// widest gives way until all fit.
func widths(head []string, rows [][]string, total int) tw.Mapper[int, int] {
	need := make([]int, len(head))
	for k, h := range head {
		need[k] = twwidth.Width(h) + padding
	}
	for _, row := range rows {
		for k, cell := range row {
			need[k] = max(need[k], twwidth.Width(cell)+padding)
		}
	}
	for sum(need) > total {
		widest := 0
		for k := range need {
			if need[k] > need[widest] {
				widest = k
			}
		}
		if need[widest] <= least {
			break
		}
		need[widest]--
	}
	shared := tw.NewMapper[int, int]()
	for k, n := range need {
		shared.Set(k, n)
	}
	return shared
}

func sum(list []int) int {
	n := 0
	for _, x := range list {
		n += x
	}
	return n
}

// wrap breaks a text into lines of a width, between words where it can: nothing
// of it is lost.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && twwidth.Width(line)+1+twwidth.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		parts := pieces(word, width)
		lines, line = append(lines, parts[:len(parts)-1]...), parts[len(parts)-1]
	}
	return append(lines, line)
}

// pieces breaks a word that is wider than a line.
func pieces(word string, width int) []string {
	var parts []string
	start, used := 0, 0
	for at, r := range word {
		n := twwidth.Width(string(r))
		if used+n > width && at > start {
			parts = append(parts, word[start:at])
			start, used = at, 0
		}
		used += n
	}
	return append(parts, word[start:])
}
