package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// verdict is a word for what a bar came to.
type verdict string

const (
	met     verdict = "met"
	missed  verdict = "MISSED"
	refused verdict = "no verdict"
)

// row is what a bar came to, in words.
type row struct {
	// number is that of the bar, 0 where there is none; what is what was measured.
	number  int
	what    string
	demand  string
	verdict verdict
	// figure is what came out, beside what there was to compare it with.
	figure, beside string
	// machine is how busy that was.
	machine string
}

// cells are the columns of a row.
func (r row) cells() []string {
	number := "-"
	if r.number > 0 {
		number = fmt.Sprint(r.number)
	}
	return []string{number, r.what, r.demand, r.figure, r.beside, string(r.verdict), r.machine}
}

// heads are the names of the columns.
var heads = [...]string{"bar", "what", "demanded", "measured", "beside", "verdict", "machine"}

// String is one line for people.
func (r row) String() string {
	line := fmt.Sprintf("%-10s %2s %s: want %s", r.verdict, r.cells()[0], r.what, r.demand)
	for _, more := range []string{r.figure, r.beside, r.machine} {
		if more != "" {
			line += "; " + more
		}
	}
	return line
}

// save writes the rows to a file as a table in Markdown, below what they were measured on.
func save(path, measuredOn string, rows []row) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(table(file, measuredOn, rows), file.Close())
}

func table(w io.Writer, measuredOn string, rows []row) error {
	line := func(cells []string) string {
		escaped := make([]string, len(cells))
		for i, c := range cells {
			escaped[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		return "| " + strings.Join(escaped, " | ") + " |\n"
	}
	text := "# The load engine beside its yardsticks\n\n" + measuredOn + "\n\n" + counted(rows) + "\n\n" +
		line(heads[:]) + line(strings.Split(strings.Repeat("---,", len(heads)-1)+"---", ","))
	for _, r := range rows {
		text += line(r.cells())
	}
	_, err := io.WriteString(w, text)
	return err
}

// counted tells how many rows came to what.
func counted(rows []row) string {
	var parts []string
	for _, v := range []verdict{met, missed, refused} {
		n := 0
		for _, r := range rows {
			if r.verdict == v {
				n++
			}
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, v))
	}
	return strings.Join(parts, ", ")
}
