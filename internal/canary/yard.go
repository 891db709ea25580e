package canary

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Yard is a folder in which everything is planted, and a listener on the loopback. It
// is safe for concurrent use once all stand-ins are in.
type Yard struct {
	dir      string
	key      [32]byte
	plots    atomic.Uint64
	listener *listener
	// standIns are what each stand-in runs.
	standIns map[string]string
}

// The folders of a yard. The root is the server's; as text, the path of the sibling
// starts with that of the root.
const (
	rootName    = "root"
	siblingName = "root-sibling"
	outsideName = "outside"
	homeName    = "home"
)

// RootPlaceholder stands for the folder that a server may use, in its command and in
// its environment; ListenerPlaceholder for an address at which it is answered.
const (
	RootPlaceholder     = "{root}"
	ListenerPlaceholder = "{listener}"
)

// welcome are files that a server may read: under the names that made-up calls ask for.
var welcome = []string{"notes.txt", "report.txt"}

// Plant makes a yard in a folder; in that for temporary files where dir is "". What is
// planted has names and contents that nobody can guess who does not know what random
// gives. Close must be called in the end.
func Plant(dir string, random io.Reader) (*Yard, error) {
	y := &Yard{}
	if _, err := io.ReadFull(random, y.key[:]); err != nil {
		return nil, fmt.Errorf("draw what is planted: %w", err)
	}
	made, err := os.MkdirTemp(dir, "mcpfuzz-canary-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to plant in: %w", err)
	}
	if y.dir, err = whole(made); err == nil {
		err = y.lay()
	}
	if err == nil {
		y.listener, err = listen()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("plant in %s: %w", made, err), os.RemoveAll(made))
	}
	return y, nil
}

// whole is the path of a folder from the top, through no links: so that what servers
// make of it is the same.
func whole(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// lay makes the folders that all plots share.
func (y *Yard) lay() error {
	for _, name := range []string{rootName, siblingName, outsideName, homeName} {
		if err := os.Mkdir(y.in(name), 0o755); err != nil {
			return err
		}
	}
	for _, name := range welcome {
		if err := os.WriteFile(y.in(rootName, name), []byte("Water the plants, then call Ada.\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (y *Yard) in(names ...string) string {
	return filepath.Join(append([]string{y.dir}, names...)...)
}

// Dir is the folder that everything lies in.
func (y *Yard) Dir() string { return y.dir }

// Fill puts the yard's places into a text that is given to a server: {root}, {sibling},
// {home}, and {listener}, the address that is listened at.
func (y *Yard) Fill(text string) string { return strings.NewReplacer(y.places()...).Replace(text) }

// FillJSON is Fill for a text in which they stand in strings of JSON.
func (y *Yard) FillJSON(text string) string {
	places := y.places()
	for i := 1; i < len(places); i += 2 {
		quoted, _ := json.Marshal(places[i]) // it is a text
		places[i] = string(quoted[1 : len(quoted)-1])
	}
	return strings.NewReplacer(places...).Replace(text)
}

// places are the placeholders, each with what it stands for behind it.
func (y *Yard) places() []string {
	return []string{
		RootPlaceholder, y.in(rootName), "{sibling}", y.in(siblingName), "{home}", y.in(homeName), ListenerPlaceholder, y.listener.address(),
	}
}

// Close removes all that is planted.
func (y *Yard) Close() error {
	return errors.Join(y.listener.close(), os.RemoveAll(y.dir))
}

// secret is a text that follows from the yard's key alone.
func (y *Yard) secret(what string, n uint64) string {
	sum := sha256.Sum256(fmt.Appendf(y.key[:], "%s %d", what, n))
	return hex.EncodeToString(sum[:])[:secretLength]
}

// secretLength is a multiple of 3, so that what is sent as base64 holds a secret at its
// start whole.
const secretLength = 24

// plot is what is planted for one value.
type plot struct {
	scenarios.Plot
	form                     scenarios.CanaryForm
	content, folder, answers string
}

// newPlot plants what a value leads to.
func (y *Yard) newPlot(form scenarios.CanaryForm) (*plot, error) {
	n := y.plots.Add(1)
	word := "p" + y.secret("word", n)[:12]
	p := &plot{
		form: form, content: y.secret("content", n), folder: y.secret("folder", n), answers: y.secret("answer", n),
		Plot: scenarios.Plot{
			Word: word, Root: y.in(rootName), Outside: y.in(outsideName, word), Sibling: y.in(siblingName, word),
			Link: word, SiblingLink: word + "-sibling", FileLink: word + ".txt", Port: y.listener.port(),
		},
	}
	err := errors.Join(p.fill(p.Outside), p.fill(p.Sibling))
	if err == nil && form.Group == scenarios.CanaryLinked {
		err = p.connect()
	}
	y.listener.expect(word, p.answers)
	return p, err
}

// connect makes the links in the root.
func (p *plot) connect() error {
	return errors.Join(
		os.Symlink(p.Outside, filepath.Join(p.Root, p.Link)),
		os.Symlink(p.Sibling, filepath.Join(p.Root, p.SiblingLink)),
		os.Symlink(filepath.Join(p.Outside, scenarios.CanaryFile), filepath.Join(p.Root, p.FileLink)),
	)
}

// all are the paths of all that was planted.
func (p *plot) all() []string {
	return []string{
		filepath.Join(p.Root, p.Link), filepath.Join(p.Root, p.SiblingLink), filepath.Join(p.Root, p.FileLink), p.Outside, p.Sibling,
	}
}

// fill makes a folder that holds a file and a folder.
func (p *plot) fill(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, p.folder), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, scenarios.CanaryFile), []byte(p.content+"\n"), 0o644)
}
