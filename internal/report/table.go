package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

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
			row[k] = strings.Join(wrap(row[k], shared.Get(k)-padding), "\n")
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

// paint colours the word that a severity starts with.
func paint(cell string) string {
	word, rest, _ := strings.Cut(cell, " ")
	color, ok := map[string]string{"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2"}[word]
	if !ok {
		return cell
	}
	return strings.TrimRight("\x1b["+color+"m"+word+"\x1b[0m "+rest, " ")
}
