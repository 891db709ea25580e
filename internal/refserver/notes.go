package refserver

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// note is one note of the notebook.
type note struct {
	ID     int      `json:"id"`
	Title  string   `json:"title"`
	Body   string   `json:"body"`
	Tags   []string `json:"tags"`
	Pinned bool     `json:"pinned"`
	Color  string   `json:"color,omitempty"`
	Due    int      `json:"due,omitempty"`
}

// noteSchema is the schema of a note.
func noteSchema() map[string]any {
	kind := func(name string) map[string]any { return map[string]any{"type": name} }
	return map[string]any{
		"type": kindObject,
		"properties": map[string]any{
			"id": kind(kindInteger), "title": kind(kindString), "body": kind(kindString),
			"tags":   map[string]any{"type": kindArray, "items": kind(kindString)},
			"pinned": kind(kindBoolean), "color": kind(kindString), "due": kind(kindInteger),
		},
		"required": []string{"id", "title", "body", "tags", "pinned"},
	}
}

// maxNotes bounds the notebook.
const maxNotes = 1000

// notebook keeps notes in memory and exports them to files under a root. It is
// safe for concurrent use.
type notebook struct {
	mu    sync.Mutex
	notes map[int]note
	// bin holds the notes that were deleted, where that is looked into.
	bin  map[int]note
	next int
	// half is closed when another change comes between the parts of one, where that is let be.
	half chan struct{}
	root *os.Root
	// prefix starts the names of the files that notes are exported to.
	prefix string
	off    off
}

func newNotebook(root *os.Root, prefix string, set off) *notebook {
	b := &notebook{notes: map[int]note{}, bin: map[int]note{}, root: root, prefix: prefix, off: set}
	for i := range 8 {
		b.add(note{Title: fmt.Sprintf("Note %d", i+1), Body: "Water the plants, then call Ada.", Tags: []string{"home"}})
	}
	return b
}

var errFull = errors.New("the notebook is full; delete a note first")

func (b *notebook) add(n note) (note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.notes) >= maxNotes {
		return n, errFull
	}
	n.ID = b.fresh()
	b.notes[n.ID] = n
	return n, nil
}

// fresh is an id that no note ever had; without the guard one that none has.
func (b *notebook) fresh() int {
	if b.off["fresh-ids"] {
		for id := 1; id <= b.next; id++ {
			if _, taken := b.notes[id]; !taken {
				return id
			}
		}
	}
	b.next++
	return b.next
}

func missing(id int) error {
	return fmt.Errorf("there is no note with the id %d; list_notes tells which there are", id)
}

func (b *notebook) get(id int) (note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.notes[id]
	if !ok {
		return n, missing(id)
	}
	return n, nil
}

// show is get, but that without the guard another is shown for a note that there is not:
// the one that was deleted, or for an id beyond all that were given the newest.
func (b *notebook) show(id int) (note, error) {
	n, err := b.get(id)
	if err == nil || !b.off["gone"] {
		return n, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n, there := b.bin[id]
	if id > b.next {
		n, there = b.notes[b.next]
	}
	if !there {
		return n, err
	}
	return n, nil
}

func (b *notebook) update(id int, change func(*note)) (note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.notes[id]
	if !ok {
		return n, missing(id)
	}
	change(&n)
	b.notes[id] = n
	return n, nil
}

// updateInParts is what the guard of whole updates prevents: a change writes the title,
// waits a moment for another, and then writes the body; that other writes its title alone.
func (b *notebook) updateInParts(id int, title, body string) (note, error) {
	var half chan struct{}
	n, err := b.update(id, func(n *note) { n.Title, half = title, b.paired() })
	if err != nil || half == nil {
		n.Body = body
		return n, err
	}
	select {
	case <-half:
	case <-time.After(slowness):
	}
	return b.update(id, func(n *note) {
		if n.Body = body; b.half == half {
			b.half = nil // no other came
		}
	})
}

// paired is what to wait for, or nothing where another waits already. The lock is held.
func (b *notebook) paired() chan struct{} {
	if b.half != nil {
		close(b.half)
		b.half = nil
		return nil
	}
	b.half = make(chan struct{})
	return b.half
}

func (b *notebook) delete(id int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.notes[id]
	if !ok {
		return missing(id)
	}
	if b.off["gone"] {
		b.bin[id] = n
	}
	delete(b.notes, id)
	return nil
}

// find returns at most limit notes that match, ordered by id.
func (b *notebook) find(limit int, match func(note) bool) []note {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []note{}
	for id := 1; id <= b.next && len(found) < limit; id++ {
		if n, ok := b.notes[id]; ok && match(n) {
			found = append(found, n)
		}
	}
	return found
}

// export writes a note to a file under the root, which it cannot leave.
func (b *notebook) export(n note, name string) error {
	if err := b.root.WriteFile(b.prefix+name+".txt", n.file(), 0o644); err != nil {
		return errNotExported
	}
	return nil
}

var errNotExported = errors.New("the note could not be exported under that name")

// file is a note as it is exported.
func (n note) file() []byte { return []byte(n.Title + "\n\n" + n.Body + "\n") }

func hasTag(tag string) func(note) bool {
	return func(n note) bool { return tag == "" || slices.Contains(n.Tags, tag) }
}

// contains matches the words of a query: any of them, or all.
func contains(query string, every bool) func(note) bool {
	words := strings.Fields(strings.ToLower(query))
	return func(n note) bool {
		text := strings.ToLower(n.Title + " " + n.Body)
		hits := 0
		for _, w := range words {
			if strings.Contains(text, w) {
				hits++
			}
		}
		return hits > 0 && (!every || hits == len(words))
	}
}
