package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Entry is a case and the file that holds it.
type Entry struct {
	Path string
	Case scenarios.Case
}

// extension is that of scenario files.
const extension = ".txtar"

// maxFile bounds a scenario file; expressions keep them small.
const maxFile = 8 << 20

// Load reads scenario files, and those in folders at any depth: what is named
// first comes first, the files of a folder in the order of their paths. A file
// that cannot be read is an error that names it and the line.
func Load(paths ...string) ([]Entry, error) {
	var entries []Entry
	for _, path := range paths {
		files, err := filesAt(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			c, err := read(file)
			if err != nil {
				return nil, err
			}
			entries = append(entries, Entry{file, c})
		}
	}
	return entries, nil
}

func filesAt(path string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !e.IsDir() && (file == path || filepath.Ext(file) == extension):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	slices.Sort(files)
	return files, nil
}

func read(file string) (scenarios.Case, error) {
	info, err := os.Stat(file)
	if err != nil {
		return scenarios.Case{}, fmt.Errorf("read a scenario: %w", err)
	}
	if info.Size() > maxFile {
		return scenarios.Case{}, fmt.Errorf("%s: larger than %d bytes; large values are written as expressions", file, maxFile)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return scenarios.Case{}, fmt.Errorf("read a scenario: %w", err)
	}
	c, err := scenarios.Parse(data)
	var at *scenarios.LineError
	switch {
	case errors.As(err, &at):
		return c, fmt.Errorf("%s:%d: %w", file, at.Line, at.Err)
	case err != nil:
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Store keeps found cases in a folder, one file per signature. It is safe for
// concurrent use.
type Store struct {
	mu  sync.Mutex
	dir string
}

// NewStore is a store in a folder, which is made when the first case is added.
func NewStore(dir string) *Store { return &Store{dir: dir} }

var unnameable = regexp.MustCompile(`[^a-z0-9.]+`)

// Name is the name under which a signature is saved.
func Name(signature string) string {
	name := strings.Trim(unnameable.ReplaceAllString(strings.ToLower(signature), "-"), "-.")
	if name == "" {
		return "found"
	}
	return name[:min(len(name), 80)]
}

// Add saves a case under the name of its finding's signature and returns the
// path. A case of the same signature is replaced, at once; a file that holds
// anything else is kept, and the next free name taken.
func (s *Store) Add(c scenarios.Case) (string, error) {
	if c.Finding == nil {
		return "", errors.New("save a case: it shows no finding")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return "", fmt.Errorf("save a case: %w", err)
	}
	base := Name(c.Finding.Signature)
	for n := 1; ; n++ {
		c.Name = base
		if n > 1 {
			c.Name = fmt.Sprintf("%s-%d", base, n)
		}
		path := filepath.Join(s.dir, c.Name+extension)
		if n < maxNames && taken(path, c.Finding.Signature) {
			continue
		}
		if err := c.Check(); err != nil {
			return "", fmt.Errorf("save a case: %w", err)
		}
		if err := replace(path, scenarios.Format(c)); err != nil {
			return "", fmt.Errorf("save a case: %w", err)
		}
		return path, nil
	}
}

// maxNames bounds how many signatures share a name.
const maxNames = 10_000

// taken reports whether a file holds anything but a case of that signature.
func taken(path, signature string) bool {
	old, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err != nil || old.Finding == nil || old.Finding.Signature != signature
}

// replace writes a file so that there is always the old or the new one whole.
func replace(path string, data []byte) error {
	draft := path + ".new"
	if err := os.WriteFile(draft, data, 0o644); err != nil {
		return err
	}
	return os.Rename(draft, path)
}
