package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// targetFlags say what is tested and how it is started.
type targetFlags struct {
	url       string
	wait      time.Duration
	env       []string
	envFile   string
	headers   []string
	cleanEnv  bool
	allowHost []string
	memory    int64
	// nice is how much lower the priority of what we start is than ours.
	nice     int
	sse      bool
	setup    string
	clients  clientFlags
	canaries canaryFlags
}

const (
	defaultWait   = 10 * time.Second
	defaultMemory = 2 << 30
)

func (f *targetFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.url, "url", "", "the `URL` at which the COMMAND after -- listens; {port} in it, and in COMMAND or --env, is a free port for each process")
	fs.BoolVar(&f.sse, "sse", false, "speak HTTP+SSE, the transport of 2024-11-05; the URL is that of the event stream (default: as the server answers)")
	fs.DurationVar(&f.wait, "wait", defaultWait, "how long to wait for a target to be ready, or to come back")
	fs.StringArrayVar(&f.env, "env", nil, "`KEY` taken from our environment as a secret, or KEY=VALUE (no secrets), for the started server")
	fs.StringVar(&f.envFile, "env-file", "", "`FILE` of KEY=VALUE lines for the started server; its values are secrets")
	fs.StringArrayVar(&f.headers, "header", nil, "`'Name: ${VAR}'` sent with every HTTP request; VAR is taken from our environment as a secret")
	fs.BoolVar(&f.cleanEnv, "clean-env", false, "start the server with PATH and the given variables only")
	fs.StringSliceVar(&f.allowHost, "allow-host", nil, "`HOST` that may be tested although it is not this machine")
	fs.StringVar(&f.setup, "setup", "", "a scenario `FILE` that is played on the server after each start, before all else: each request of it must be served; {root} and the like in it, and {port}, are filled in")
	f.clients.register(fs)
	f.canaries.register(fs)
	fs.Int64Var(&f.memory, "max-target-memory", defaultMemory, "end a server that we started when one of its processes uses more `BYTES` (0: never)")
}

// words are the flags that reach the same target again.
func (f *targetFlags) words() []string { return append(f.startWords(), f.clients.words()...) }

// startWords are those of them that may hold secrets.
func (f *targetFlags) startWords() []string {
	var args []string
	add := func(name, value string) { args = append(args, name, value) }
	if f.url != "" {
		add("--url", f.url)
	}
	if f.sse {
		args = append(args, "--sse")
	}
	for _, e := range f.env {
		add("--env", e)
	}
	for _, text := range f.clients.revoke {
		add("--revoke", text)
	}
	if f.envFile != "" {
		add("--env-file", f.envFile)
	}
	for _, h := range f.headers {
		add("--header", h)
	}
	if f.cleanEnv {
		args = append(args, "--clean-env")
	}
	for _, h := range f.allowHost {
		add("--allow-host", h)
	}
	if f.wait != defaultWait {
		add("--wait", f.wait.String())
	}
	if f.setup != "" {
		add("--setup", f.setup)
	}
	args = append(args, f.canaries.words()...)
	if f.memory != defaultMemory {
		add("--max-target-memory", fmt.Sprint(f.memory))
	}
	return args
}

// target is a server to test and what is known of how it is reached.
type target struct {
	transport.Target
	// older is the same over HTTP+SSE, nil where that was asked for or cannot be.
	older transport.Target
	// line is what it is called where people read it, name is short and fits a
	// folder's name.
	line, name string
	// words are what names the target on a command line of ours.
	words []string
	// demo: one of ours, whose write tools may be called.
	demo bool
	// nice is how much lower its priority is than ours.
	nice int
	// address is where it listens, "" if it does not.
	address string
	// shown is what the server may well repeat: it was told so.
	shown []string
	// secrets are values by name that must not come back and are not written;
	// redact sees to the latter.
	secrets map[string]string
	redact  *record.Redactor
	// headers are sent with every HTTP request.
	headers []string
	// clients are those whose keys were given, nil for none.
	clients *identity.Ring
	// floor is the shortest deadline that may be measured for it; 0 for the
	// usual one.
	floor time.Duration
	// scratch is a folder of ours that the target works in, "" for none.
	scratch string
	// canaries is where things are planted that it must not reach; rooted says that it
	// was told of the root beside which they lie, backed that it was of the listener.
	canaries *canary.Yard
	rooted   bool
	backed   bool
	// setup is what is played on it after each start, nil for nothing.
	setup func(address string) (scenarios.Case, error)
}

// close removes what was made for the target.
func (t target) close() {
	// What is left lies in the folder for temporary files, or in that which was given.
	if t.scratch != "" {
		_ = os.RemoveAll(t.scratch)
	}
	if t.canaries != nil {
		_ = t.canaries.Close()
	}
}

// String names the target without its secrets.
func (t target) String() string { return t.line }

// told takes the secrets out of what an error tells, and adds what lets a client in that came
// without a key.
func (t target) told(err error) error {
	var e exit
	if !errors.As(err, &e) || e.cause == nil {
		return err
	}
	text, hint := t.redact.String(e.cause.Error()), ""
	if status := execute.StatusError(0); errors.As(e.cause, &status) && status == http.StatusUnauthorized && t.clients.Len() == 0 {
		hint = "; give a key by --identity NAME=bearer:VARIABLE"
	}
	return exit{e.code, errors.New(text + hint)}
}

var (
	errNoTarget  = errors.New("no target; give -- COMMAND ARG..., a URL (http://127.0.0.1:8080/mcp), demo:hardened or demo:fragile")
	errNoCommand = errors.New("nothing follows --; give COMMAND ARG... after it")
)

// splitDash parts the arguments before "--" from the command after it; a dash
// that nothing follows is an error.
func splitDash(cmd *cobra.Command, args []string) (before, command []string, err error) {
	dash := cmd.ArgsLenAtDash()
	switch {
	case dash < 0:
		return args, nil, nil
	case dash == len(args):
		return nil, nil, errNoCommand
	}
	return args[:dash], args[dash:], nil
}

// parse makes the target that a command line names: a URL or demo:NAME, or a
// command. Its errors tell no secrets.
func (f *targetFlags) parse(ctx context.Context, names, command []string) (t target, err error) {
	env, err := f.environment()
	if err = errors.Join(err, notNegative("--wait", f.wait)); err != nil {
		return target{}, err
	}
	if f.memory < 0 {
		return target{}, fmt.Errorf("--max-target-memory %d: want a number of bytes that is not negative", f.memory)
	}
	record.AddSecrets(env.secrets, slices.Concat(f.startWords(), names, command))
	t = target{
		secrets: env.secrets, headers: env.headers,
		redact: record.NewRedactor(record.Hidden{Secrets: env.hidden(), Root: os.Getenv("ROOT"), Plain: f.clients.words()}),
	}
	if t.canaries, err = f.canaries.plant(); err != nil {
		return t, err
	}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	switch {
	case len(names) > 1:
		err = fmt.Errorf("one target at a time, not %d: %s", len(names), t.redact.Line(names))
	case len(names) == 1 && len(command) > 0:
		err = fmt.Errorf("give either %s or a command after --, not both; a server that we start and that listens is --url URL -- COMMAND", t.redact.Line(names))
	case f.sse && f.url == "" && (len(names) == 0 || strings.HasPrefix(names[0], "demo:")):
		err = errors.New("--sse goes with the URL of an event stream: http://..., or --url URL -- COMMAND")
	case len(command) > 0:
		err = f.command(&t, command, env.vars)
	case f.url != "":
		err = errors.New("--url goes with the command that listens there: --url URL -- COMMAND")
	case len(names) == 0:
		err = errNoTarget
	case strings.HasPrefix(names[0], "demo:"):
		err = f.demo(&t, names[0], env.vars)
	case t.canaries.StandsIn():
		err = errors.New("--shim goes with a server that we start: -- COMMAND and its arguments")
	default:
		err = f.standing(&t, names[0])
	}
	if err == nil {
		t.setup, err = f.setsUp(t.canaries)
	}
	if err == nil {
		err = f.clients.check(t.address)
	}
	if err == nil {
		err = f.clients.introduce(ctx, &t, func(address string) error { return f.allowed(address, t.redact) })
	}
	return t, err
}

func (f *targetFlags) limits() transport.Limits {
	l := transport.DefaultLimits()
	l.TargetMemory = f.memory
	return l
}

// slug makes a name that fits a folder.
func slug(s string) string {
	keep := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}
	s = strings.Trim(strings.Map(keep, strings.ToLower(s)), "-.")
	if s == "" {
		return "target"
	}
	return s[:min(len(s), 60)]
}
