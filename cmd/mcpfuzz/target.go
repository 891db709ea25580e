package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
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
}

func (f *targetFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.url, "url", "", "the URL at which the COMMAND after -- listens")
	fs.DurationVar(&f.wait, "wait", 10*time.Second, "how long to wait for a target to be ready, or to come back")
	fs.StringArrayVar(&f.env, "env", nil, "`KEY` taken from our environment, or KEY=VALUE (no secrets), for the started server")
	fs.StringVar(&f.envFile, "env-file", "", "`FILE` of KEY=VALUE lines for the started server; its values are kept out of records")
	fs.StringArrayVar(&f.headers, "header", nil, "`'Name: ${VAR}'` sent with every HTTP request; VAR is taken from our environment")
	fs.BoolVar(&f.cleanEnv, "clean-env", false, "start the server with PATH and the given variables only")
	fs.StringSliceVar(&f.allowHost, "allow-host", nil, "`HOST` that may be tested although it is not this machine")
	fs.Int64Var(&f.memory, "max-target-memory", 2<<30, "end a server that we started when it uses more `BYTES` (0: never)")
}

// target is a server to test and what is known of how it is reached.
type target struct {
	transport.Target
	// name is short and fits a folder's name.
	name string
	// args is what names the target again on a command line of ours.
	args []string
	// demo: one of ours, whose write tools may be called.
	demo bool
	// shown is what the server may well repeat: it was told so.
	shown []string
	// secrets are values from the environment, by name.
	secrets map[string]string
	// headers are sent with every HTTP request.
	headers []string
	// floor is the shortest deadline that may be measured for it; 0 for the
	// usual one.
	floor time.Duration
}

// parse makes the target that a command line names: a URL or demo:NAME, or the
// command after "--".
func (f *targetFlags) parse(cmd *cobra.Command, args []string) (target, error) {
	before, command := args, []string(nil)
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		before, command = args[:dash], args[dash:]
	}
	env, err := f.environment()
	if err != nil {
		return target{}, err
	}
	switch {
	case len(before) > 1:
		return target{}, fmt.Errorf("one target at a time, not %d: %s", len(before), strings.Join(before, " "))
	case len(before) == 1 && len(command) > 0:
		return target{}, fmt.Errorf("give either %q or a command after --, not both; a server that we start and that listens is --url URL -- COMMAND", before[0])
	case len(command) > 0:
		return f.command(command, env)
	case f.url != "":
		return target{}, fmt.Errorf("--url goes with the command that listens there: --url URL -- COMMAND")
	case len(before) == 0:
		return target{}, errNoTarget
	case strings.HasPrefix(before[0], "demo:"):
		return f.demo(before[0], env)
	}
	return f.standing(before[0], env)
}

var errNoTarget = fmt.Errorf("no target; give a URL (http://127.0.0.1:8080/mcp), demo:hardened, demo:fragile, or -- COMMAND ARG...")

// command is a server that we start, on stdio or at --url.
func (f *targetFlags) command(argv []string, env environment) (target, error) {
	t := target{
		name: slug(filepath.Base(argv[0])), args: append(f.again(), append([]string{"--"}, argv...)...),
		shown: shownBy(argv), secrets: env.secrets, headers: env.headers,
	}
	opts := transport.CommandOptions{Env: env.vars, Limits: f.limits()}
	if f.url == "" {
		t.Target = transport.Command(argv, opts)
		return t, nil
	}
	if err := f.allowed(f.url); err != nil {
		return target{}, err
	}
	t.Target = transport.Started(f.url, argv, opts, f.wait)
	t.name += "-http"
	return t, nil
}

// standing is a server that somebody else started.
func (f *targetFlags) standing(address string, env environment) (target, error) {
	if !strings.Contains(address, "://") {
		return target{}, fmt.Errorf("%q is no URL and no demo; give http://..., demo:hardened, demo:fragile, or -- COMMAND", address)
	}
	if err := f.allowed(address); err != nil {
		return target{}, err
	}
	u, _ := url.Parse(address)
	return target{
		Target: transport.HTTP(address, transport.HTTPOptions{Limits: f.limits()}),
		name:   slug(u.Host), args: append(f.again(), address),
		shown: []string{u.Host, u.Path}, secrets: env.secrets, headers: env.headers,
	}, nil
}

// demo is the reference server, run as a child of ours so that its exits are
// its own.
func (f *targetFlags) demo(name string, env environment) (target, error) {
	without := map[string][]string{"demo:hardened": nil, "demo:fragile": {"--without", "all"}}
	extra, ok := without[name]
	if !ok {
		return target{}, fmt.Errorf("there is no %q; there are demo:hardened and demo:fragile", name)
	}
	self, err := os.Executable()
	if err != nil {
		return target{}, fmt.Errorf("find our own program: %w", err)
	}
	argv := append([]string{self, "serve"}, extra...)
	vars := append(slices.Clone(env.vars), demoSecretVar+"="+demoSecret)
	t := transport.Command(argv, transport.CommandOptions{Env: vars, Limits: f.limits(), Name: name})
	return target{
		Target: t, name: slug(name), args: []string{name}, demo: true, floor: demoFloor,
		secrets: env.secrets, headers: env.headers,
	}, nil
}

// The demo plants a secret in its own server, so that a leak can be proved.
const (
	demoSecretVar = "MCPFUZZ_DEMO_SECRET"
	demoSecret    = "planted-7d1f4c0be2a94f65"
)

// demoFloor is the deadline of the demo, whose answers take no time.
const demoFloor = time.Second

func (f *targetFlags) limits() transport.Limits {
	l := transport.DefaultLimits()
	l.TargetMemory = f.memory
	return l
}

// again writes the flags that reach the same target, without values that are
// secret.
func (f *targetFlags) again() []string {
	var args []string
	add := func(name, value string) { args = append(args, name, value) }
	if f.url != "" {
		add("--url", f.url)
	}
	for _, e := range f.env {
		add("--env", e)
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
	return args
}

// allowed refuses hosts that are not this machine unless they are allowed by
// name.
func (f *targetFlags) allowed(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return fmt.Errorf("the target's URL cannot be read: %w", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the target %q is neither http nor https", record.URL(address))
	case u.Hostname() == "":
		return fmt.Errorf("the target %q names no host", record.URL(address))
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if host == "localhost" || (ip != nil && ip.IsLoopback()) || slices.Contains(f.allowHost, host) {
		return nil
	}
	return fmt.Errorf("%s is not this machine; give --allow-host %s if you may test it", host, host)
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

// shownBy are the parts of a command line that its server may repeat.
func shownBy(argv []string) []string {
	var shown []string
	for _, a := range argv {
		shown = append(shown, a)
		if _, value, ok := strings.Cut(a, "="); ok {
			shown = append(shown, value)
		}
		if abs, err := filepath.Abs(a); err == nil {
			shown = append(shown, abs)
		}
	}
	return shown
}
