package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed library/*.txtar
var libraryFiles embed.FS

// Library returns the scenarios that come with mcpfuzz, ordered by name. They
// fit every server: what is about a server's own tools is a generator's work.
func Library() []Case { return slices.Clone(library()) }

// library reads the scenarios once: every pair that is dealt asks for them.
var library = sync.OnceValue(func() []Case {
	entries, err := fs.ReadDir(libraryFiles, "library")
	if err != nil {
		panic("scenarios: the library is not embedded: " + err.Error())
	}
	list := make([]Case, 0, len(entries))
	for _, e := range entries {
		c, err := libraryCase(path.Join("library", e.Name()))
		if err != nil {
			// The files are part of the program; a test reads them all.
			panic("scenarios: " + err.Error())
		}
		list = append(list, c)
	}
	return list
})

func libraryCase(file string) (Case, error) {
	data, err := libraryFiles.ReadFile(file)
	if err != nil {
		return Case{}, err
	}
	c, err := Parse(data)
	if err != nil {
		return Case{}, fmt.Errorf("%s: %w", file, err)
	}
	if name := strings.TrimSuffix(path.Base(file), ".txtar"); c.Name != name {
		return Case{}, fmt.Errorf("%s: the name is %q", file, c.Name)
	}
	return c, nil
}
