package identity

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Spec says who a client is and where its key is read.
type Spec struct {
	// Name is what the client is called in scenarios and reports.
	Name string
	// Renewable: the key may be asked for again when it is refused.
	Renewable bool
	// Revoke makes the key one that is no more, with the server that listens at an
	// address; nil where nobody can.
	Revoke func(ctx context.Context, key, address string) error
	read   func(context.Context) (string, error)
}

// None stands in scenarios for a client that shows no key.
const None = "none"

var name = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)

var errForm = errors.New("want NAME=bearer:VARIABLE, NAME=file:PATH or NAME=command:LINE, with a NAME of letters, digits, - and _ that is not none; the key itself is never given there")

// Parse reads NAME=bearer:VARIABLE, NAME=file:PATH or NAME=command:LINE. Its error
// tells nothing of the text: it may be a key.
func Parse(text string) (Spec, error) {
	who, source, _ := strings.Cut(text, "=")
	kind, where, _ := strings.Cut(source, ":")
	if !name.MatchString(who) || who == None || where == "" {
		return Spec{}, errForm
	}
	spec := Spec{Name: who, Renewable: kind != "bearer"}
	switch kind {
	case "bearer":
		spec.read = func(context.Context) (string, error) { return fromEnvironment(where) }
	case "file":
		spec.read = func(context.Context) (string, error) { return fromFile(where) }
	case "command":
		spec.read = func(ctx context.Context) (string, error) { return fromCommand(ctx, where) }
	default:
		return Spec{}, errForm
	}
	return spec, nil
}

func fromEnvironment(variable string) (string, error) {
	key, ok := os.LookupEnv(variable)
	if !ok {
		return "", errors.New("the environment has no variable of that name; set it to the key")
	}
	return key, nil
}

// fromFile tells of an error no path: what stands in its place may be the key.
func fromFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	var where *fs.PathError
	if errors.As(err, &where) {
		err = where.Err
	}
	if err != nil {
		return "", fmt.Errorf("read the file of the key: %w", err)
	}
	return firstLine(data), nil
}

// commandLimit bounds how long a command may take to give a key.
const commandLimit = 30 * time.Second

// fromCommand runs a line of a shell. What it writes elsewhere than to its output is
// not told: it may hold the key.
func fromCommand(ctx context.Context, line string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	out, err := Shell(ctx, line).Output()
	if err != nil {
		return "", fmt.Errorf("ask the command for the key: %w", err)
	}
	return firstLine(out), nil
}

// Shell is a line of the system's shell, ready to be run.
func Shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/c", line)
	}
	return exec.CommandContext(ctx, "sh", "-c", line)
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}

// ask reads the key of a client and holds it to what a header can carry.
func (s Spec) ask(ctx context.Context) (string, error) {
	key, err := s.read(ctx)
	switch {
	case err != nil:
	case len(key) < leastKey:
		err = fmt.Errorf("the key has fewer than %d characters", leastKey)
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		err = errors.New("the key holds characters other than visible ASCII, which no header carries")
	}
	if err != nil {
		return "", fmt.Errorf("the identity %s: %w", s.Name, err)
	}
	return key, nil
}

// leastKey is how long a key must be: a shorter one stands everywhere, and could not be
// kept out of what is written.
const leastKey = 8
