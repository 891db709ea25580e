package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
)

func TestMain(m *testing.M) {
	if code, is := canary.RanAsStandIn(); is {
		os.Exit(code)
	}
	testscript.Main(m, map[string]func(){"mcpfuzz": main, "server": serverMain})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "oneline": oneLineOf, "harmless": harmless, "hides": hides,
			"freeport": freePort, "signalled": signalled, "ended": allEnded, "json": jsonAt, "lastline": lastLine,
		},
	})
}

// exits runs a program that must end with an exit code: exits CODE PROGRAM
// ARG... Its output can be looked at as that of exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	checkExit(ts, args[0], ts.Exec(args[1], args[2:]...))
}

func checkExit(ts *testscript.TestScript, want string, err error) {
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s\nstdout: %s\nstderr: %s", code, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// oneLineOf checks that a file is one line that starts with text: oneline FILE
// TEXT.
func oneLineOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: oneline FILE TEXT")
	}
	text := ts.ReadFile(args[0])
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") || !strings.HasPrefix(text, args[1]) {
		ts.Fatalf("want one line that starts with %q, not %q", args[1], text)
	}
	if strings.Contains(text, "goroutine ") {
		ts.Fatalf("a panic: %s", text)
	}
}

// lastLine checks the last line of a file: lastline FILE TEXT.
func lastLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lastline FILE TEXT")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	if got := lines[len(lines)-1]; got != args[1] {
		ts.Fatalf("the last line is %q, want %q", got, args[1])
	}
}

// harmless checks that files hold nothing that a terminal obeys and no line
// that is longer than people read: harmless FILE...
func harmless(ts *testscript.TestScript, neg bool, args []string) {
	const longest = 2000
	for _, file := range args {
		text := ts.ReadFile(file)
		if !utf8.ValidString(text) {
			ts.Fatalf("%s is no UTF-8", file)
		}
		for _, r := range text {
			if r != '\n' && r != '\t' && r != ' ' && !unicode.IsPrint(r) {
				ts.Fatalf("%s holds %U", file, r)
			}
		}
		for line := range strings.Lines(text) {
			if len(line) > longest {
				ts.Fatalf("%s holds a line of %d bytes", file, len(line))
			}
		}
	}
}

// hides checks that the values of variables stand in no file of a folder, and
// not in stdout and stderr, in any form: hides DIR VARIABLE...
func hides(ts *testscript.TestScript, neg bool, args []string) {
	texts := map[string]string{"stdout": ts.ReadFile("stdout"), "stderr": ts.ReadFile("stderr")}
	err := filepath.WalkDir(ts.MkAbs(args[0]), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name := strings.TrimPrefix(path, ts.MkAbs("."))
			texts[name], texts[name+" (its name)"] = ts.ReadFile(path), name
		}
		return err
	})
	ts.Check(err)
	for _, name := range args[1:] {
		value := ts.Getenv(name)
		if len(value) < 4 {
			ts.Fatalf("%s is %q, which is no secret", name, value)
		}
		inJSON, err := json.Marshal(value)
		ts.Check(err)
		var unescaped bytes.Buffer
		enc := json.NewEncoder(&unescaped)
		enc.SetEscapeHTML(false)
		ts.Check(enc.Encode(value))
		for _, form := range []string{
			value, trimQuotes(string(inJSON)), trimQuotes(unescaped.String()), trimQuotes(strconv.Quote(value)), url.QueryEscape(value),
			base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)), strings.ToUpper(value),
		} {
			again, err := json.Marshal(form)
			ts.Check(err)
			for file, text := range texts {
				if strings.Contains(text, form) || strings.Contains(text, trimQuotes(string(again))) {
					ts.Fatalf("%s holds the value of %s as %q", file, name, form)
				}
			}
		}
	}
}

func trimQuotes(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }

// freePort sets a variable to a loopback address that nobody listens at:
// freeport NAME.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// signalled runs a program, sends it a signal as soon as a file holds a text,
// and checks its exit code: signalled CODE INT|KILL FILE TEXT PROGRAM ARG...
func signalled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 {
		ts.Fatalf("usage: signalled CODE INT|KILL FILE TEXT PROGRAM ARG...")
	}
	sent := map[string]os.Signal{"INT": os.Interrupt, "KILL": os.Kill}[args[1]]
	done := make(chan struct{})
	defer close(done)
	name := strings.TrimSpace(args[4])
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if b, err := os.ReadFile(ts.MkAbs(args[2])); err == nil && bytes.Contains(b, []byte(args[3])) {
				signalTo(ts.MkAbs(name+".pid"), sent)
				return
			}
		}
	}()
	// The shell tells the id of the process that it becomes.
	script := `echo $$ >"$0.pid"; exec "$0" "$@"`
	err := ts.Exec("sh", slices.Concat([]string{"-c", script, name}, args[5:])...)
	if args[0] == "-1" && err == nil {
		ts.Fatalf("the program ended by itself")
	}
	checkExit(ts, args[0], err)
}

func signalTo(pidFile string, sent os.Signal) {
	if b, err := os.ReadFile(pidFile); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Signal(sent)
			}
		}
	}
}

// allEnded checks that the processes whose ids are the lines of a file are gone:
// ended FILE.
func allEnded(ts *testscript.TestScript, neg bool, args []string) {
	pids := strings.Fields(ts.ReadFile(args[0]))
	if len(pids) == 0 {
		ts.Fatalf("no process was started")
	}
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		ts.Check(err)
		if p, err := os.FindProcess(pid); err == nil && p.Signal(syscall.Signal(0)) == nil {
			ts.Fatalf("process %d still runs", pid)
		}
	}
}

// jsonAt sets a variable to a value inside a JSON file: json FILE POINTER NAME.
func jsonAt(ts *testscript.TestScript, neg bool, args []string) {
	var x any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &x))
	for key := range strings.SplitSeq(strings.TrimPrefix(args[1], "/"), "/") {
		switch at := x.(type) {
		case map[string]any:
			x = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			ts.Check(err)
			if i >= len(at) {
				ts.Fatalf("%s has %d entries at %s", args[0], len(at), args[1])
			}
			x = at[i]
		default:
			ts.Fatalf("%s holds nothing at %s", args[0], args[1])
		}
	}
	text, isText := x.(string)
	if !isText {
		b, err := json.Marshal(x)
		ts.Check(err)
		text = string(b)
	}
	ts.Setenv(args[2], text)
}
