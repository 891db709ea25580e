package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// maxText bounds a text that is not of our making, in a cell or a line.
const maxText = 400

// severityHead is the head of the column that is coloured.
const severityHead = "severity"

// Rows prints a table without borders that fits the width. A column with the
// head "severity" is coloured, if the options say so.
func Rows(w io.Writer, head []string, rows [][]string, opts Options) error {
	clean := make([][]string, len(rows))
	for i, row := range rows {
		clean[i] = make([]string, len(row))
		for k, cell := range row {
			clean[i][k] = Line(cell)
		}
	}
	shared := widths(head, clean, opts.Width)
	for _, row := range clean {
		for k := range row {
			row[k] = wrap(row[k], shared.Get(k)-padding)
		}
	}
	if column := slices.Index(head, severityHead); column >= 0 && opts.Color {
		for _, row := range clean {
			row[column] = paint(row[column])
		}
	}
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
			},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		// Its own wrapping drops the end of what has no blank to break at.
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithColumnWidths(shared),
	)
	t.Header(head)
	if err := t.Bulk(clean); err != nil {
		return fmt.Errorf("lay out the table: %w", err)
	}
	if err := t.Render(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

// padding is what the table adds to each column, least how narrow one gets.
const padding, least = 2, 12

// widths shares the columns out: each as wide as its longest text, then the
// widest gives way until all fit.
func widths(head []string, rows [][]string, total int) tw.Mapper[int, int] {
	need, sum := make([]int, len(head)), 0
	for k, h := range head {
		need[k] = utf8.RuneCountInString(h) + padding
		for _, row := range rows {
			need[k] = max(need[k], utf8.RuneCountInString(row[k])+padding)
		}
		sum += need[k]
	}
	for ; sum > total; sum-- {
		widest := slices.Index(need, slices.Max(need))
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

// wrap breaks a text into lines of at most that many characters: at blanks, or
// inside what is longer than a line.
func wrap(text string, width int) string {
	var lines []string
	line := []rune{}
	for _, word := range strings.Fields(text) {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) > width {
			lines, line = append(lines, string(line)), nil
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		for len(w) > width {
			lines, w = append(lines, string(w[:width])), w[width:]
		}
		line = append(line, w...)
	}
	return strings.Join(append(lines, string(line)), "\n")
}

// Line makes text that is not of our making fit into a line: harmless, and not
// longer than people read.
func Line(s string) string { return Printable(Short(s, maxText)) }

// Short cuts text off after so many characters, and shows that it did.
func Short(s string, most int) string {
	n := 0
	for at := range s {
		if n++; n > most {
			return s[:at] + "..."
		}
	}
	return s
}

// paint colours a severity.
func paint(cell string) string {
	word, _, _ := strings.Cut(cell, " ")
	color, ok := map[string]string{"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2"}[word]
	if !ok {
		return cell
	}
	return "\x1b[" + color + "m" + cell + "\x1b[0m"
}

// Escaped makes text that is data harmless and keeps its meaning: inside JSON
// strings, and strings quoted as in Go, \uNNNN stands for what is not printable.
func Escaped(text []byte) []byte {
	var b []byte
	for _, r := range string(text) {
		if r == '\n' || r == '\t' || r == ' ' || unicode.IsPrint(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b = fmt.Appendf(b, `\u%04x`, unit)
		}
	}
	return b
}

// Printable makes text of a server's making harmless: one line, no control
// characters, nothing that reorders what stands around it.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r) && r != ' ':
			return '\uFFFD'
		}
		return r
	}, s)
}
