package canary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The files of the folder that stand-ins lie in: what each is to do, and with what they
// were started, a line each.
const (
	binName    = "bin"
	ordersFile = "stand-ins.json"
	callsFile  = "started.jsonl"
)

// StandIn puts a program of that name into a folder of the yard that Path leads to. It
// is this program itself, which must ask RanAsStandIn before all else. It notes what it
// is started with, and then runs another program, or where that is "" succeeds without
// a word.
func (y *Yard) StandIn(name, program string) error {
	if name == "" || name == "." || name == ".." || name != filepath.Base(name) || name == ordersFile || name == callsFile {
		return fmt.Errorf("%q is no name of a program", name)
	}
	if err := os.MkdirAll(y.in(binName), 0o755); err != nil {
		return fmt.Errorf("make a folder for stand-ins: %w", err)
	}
	if y.standIns == nil {
		y.standIns = map[string]string{}
	}
	y.standIns[name] = program
	orders, err := json.Marshal(y.standIns)
	if err == nil {
		err = os.WriteFile(y.in(binName, ordersFile), orders, 0o644)
	}
	if err == nil {
		err = double(y.in(binName, executable(name)))
	}
	if err != nil {
		return fmt.Errorf("make a stand-in for %s: %w", name, err)
	}
	return nil
}

// StandsIn reports whether there are stand-ins.
func (y *Yard) StandsIn() bool { return len(y.standIns) > 0 }

// Path is a search path on which stand-ins come first.
func (y *Yard) Path(path string) string {
	if !y.StandsIn() {
		return path
	}
	return y.in(binName) + string(os.PathListSeparator) + path
}

// Unstarted are the names of the stand-ins that were not started yet, sorted.
func (y *Yard) Unstarted() []string {
	started := map[string]bool{}
	for _, s := range y.started() {
		started[s.Name] = true
	}
	var names []string
	for name := range y.standIns {
		if !started[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// executable is the file of a program.
func executable(name string) string {
	if runtime.GOOS == "windows" && !strings.EqualFold(filepath.Ext(name), ".exe") {
		return name + ".exe"
	}
	return name
}

// double makes another file of our own program: a link where that can be, and be removed
// while we run, else a copy.
func double(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	if runtime.GOOS != "windows" && os.Link(self, path) == nil {
		return nil
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// start is one start of a stand-in.
type start struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
}

// started are the starts of all stand-ins so far. A line that is being written is none.
func (y *Yard) started() []start {
	data, _ := os.ReadFile(y.in(binName, callsFile)) // none was started yet
	var list []start
	for line := range bytes.Lines(data) {
		var s start
		if json.Unmarshal(line, &s) == nil {
			list = append(list, s)
		}
	}
	return list
}

// startedWith are the argument lists that stand-ins were started with and that hold a
// word.
func (y *Yard) startedWith(word string) [][]string {
	var lists [][]string
	for _, s := range y.started() {
		if slices.ContainsFunc(s.Args, func(arg string) bool { return strings.Contains(arg, word) }) {
			lists = append(lists, s.Args)
		}
	}
	return lists
}

// RanAsStandIn does what a stand-in does where this process is one, and returns its exit
// code; false where it is none.
func RanAsStandIn() (code int, is bool) {
	self, err := os.Executable()
	if err != nil {
		return 0, false
	}
	dir, name := filepath.Split(self)
	data, err := os.ReadFile(filepath.Join(dir, ordersFile))
	var orders map[string]string
	if err != nil || json.Unmarshal(data, &orders) != nil {
		return 0, false
	}
	program, is := orders[name]
	if !is {
		name = strings.TrimSuffix(name, filepath.Ext(name))
		program, is = orders[name]
	}
	if !is {
		return 0, false
	}
	if err := note(filepath.Join(dir, callsFile), start{name, os.Args[1:]}); err != nil {
		return standInFailed, true
	}
	if program == "" {
		return 0, true
	}
	return run(program, filepath.Clean(dir)), true
}

// standInFailed is the exit code of a stand-in that could not do its work.
const standInFailed = 125

// note adds a line, in one write, so that several at once do not mix.
func note(path string, s start) error {
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// run runs a program in our place. What it starts itself is no concern of the server's, and
// finds no stand-ins.
func run(program, bin string) int {
	cmd := exec.Command(program, os.Args[1:]...)
	path := slices.DeleteFunc(filepath.SplitList(os.Getenv("PATH")), func(dir string) bool { return filepath.Clean(dir) == bin })
	cmd.Env = append(os.Environ(), "PATH="+strings.Join(path, string(os.PathListSeparator)))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	return standInFailed
}
