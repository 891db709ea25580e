package made

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Row is a server of the precision set: one that is odd, and right.
type Row struct {
	// Name is that of its file.
	Name string `json:"-"`
	// Doc is one sentence: what is odd about it. By is what allows it.
	Doc string `json:"doc"`
	By  string `json:"by"`
	// Behaviour names a made server that does so; where it names none, it is one with
	// Manners, over HTTP or not.
	Behaviour string  `json:"behaviour"`
	Manners   Manners `json:"manners"`
	HTTP      bool    `json:"http"`
	// Process: it is one of its own, named by its behaviour.
	Process bool `json:"process"`
	// Cases is how many cases are enough, Deadline how long an answer may take; 0 and
	// "" for what is usual.
	Cases    int    `json:"cases"`
	Deadline string `json:"deadline"`
}

// Precise reads a precision set: each JSON file of a folder is a row.
func Precise(dir fs.FS) ([]Row, error) {
	names, err := fs.Glob(dir, "*.json")
	if err == nil && len(names) == 0 {
		err = errors.New("it holds none")
	}
	if err != nil {
		return nil, fmt.Errorf("find the rows of the precision set: %w", err)
	}
	rows := make([]Row, len(names))
	for i, name := range names {
		if rows[i], err = readRow(dir, name); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return rows, nil
}

func readRow(dir fs.FS, name string) (Row, error) {
	row := Row{Name: strings.TrimSuffix(path.Base(name), ".json")}
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return row, err
	}
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&row); err != nil {
		return row, err
	}
	switch {
	case row.Doc == "" || row.By == "":
		return row, errors.New("want a doc, and by what it is right")
	case row.Process && row.Behaviour == "":
		return row, errors.New("want a behaviour where it is a process of its own")
	case row.Behaviour != "" && (row.HTTP || row.Manners != nil):
		return row, errors.New("want a behaviour, or manners and where")
	}
	if _, err := row.Server(); err != nil {
		return row, err
	}
	_, err = row.Limit()
	return row, err
}

// Server is the row's server over a stream.
func (r Row) Server() (Server, error) {
	if r.Behaviour == "" {
		return Server{Name: r.Name, Doc: r.Doc, Run: r.Manners.Run}, r.Manners.Check(r.HTTP)
	}
	run := oddities()[r.Behaviour]
	if i := slices.IndexFunc(Servers(), func(s Server) bool { return s.Name == r.Behaviour }); i >= 0 {
		run = Servers()[i].Run
	}
	if run == nil {
		return Server{}, fmt.Errorf("no made server behaves as %q", r.Behaviour)
	}
	return Server{Name: r.Name, Doc: r.Doc, Run: run}, nil
}

// Limit is the row's deadline; 0 for what is usual.
func (r Row) Limit() (time.Duration, error) {
	if r.Deadline == "" {
		return 0, nil
	}
	return time.ParseDuration(r.Deadline)
}
