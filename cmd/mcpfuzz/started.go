package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// command is a server that we start, on stdio or at --url.
func (f *targetFlags) command(t *target, argv, vars []string) error {
	t.name, t.line = slug(filepath.Base(argv[0])), t.redact.Line(argv)
	t.words = append([]string{"--"}, argv...)
	argv, vars = f.canaries.fill(t, argv, vars)
	t.shown = shownBy(argv)
	t.nice = transport.Nicer(f.nice)
	opts := transport.CommandOptions{Env: vars, Limits: f.limits(), Nice: f.nice, Name: t.line}
	if f.url == "" {
		t.Target = transport.Command(argv, opts)
		return nil
	}
	err := f.allowed(f.url, t.redact)
	if err = errors.Join(err, portTold(f.url, slices.Concat(argv, vars))); err != nil {
		return err
	}
	t.address = f.url
	if opts.Reach, err = f.clients.reach(); err != nil {
		return err
	}
	f.reach(t, func(sse *transport.SSE) transport.Target {
		opts.SSE = sse
		return transport.Started(f.url, argv, opts, f.wait)
	})
	t.name, t.line = t.name+"-http", t.redact.Line([]string{f.url})+" ("+t.line+")"
	return nil
}

// portTold refuses a port that is left open where the server would not be told of it.
func portTold(address string, told []string) error {
	has := func(text string) bool { return strings.Contains(text, transport.PortPlaceholder) }
	if has(address) && !slices.ContainsFunc(told, has) {
		return fmt.Errorf("--url leaves the port open, and the server is not told of it; give %s to COMMAND or in --env KEY=VALUE, too", transport.PortPlaceholder)
	}
	return nil
}

// demo is the reference server, run as a child of ours so that its exits are
// its own.
func (f *targetFlags) demo(t *target, name string, vars []string) error {
	without := map[string][]string{"demo:hardened": nil, "demo:fragile": {"--without", "all"}}
	extra, ok := without[name]
	if !ok {
		return fmt.Errorf("there is no %q; there are demo:hardened and demo:fragile", name)
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our own program: %w", err)
	}
	if t.scratch, err = os.MkdirTemp("", "mcpfuzz-demo-"); err != nil {
		return fmt.Errorf("make a scratch folder: %w", err)
	}
	t.redact = record.NewRedactor(record.Hidden{Secrets: t.secrets, Root: t.scratch})
	vars = append(watching(t.canaries, slices.Clone(vars)), demoSecretVar+"="+demoSecret)
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		vars = append(vars, name+"="+t.scratch)
	}
	t.Target = transport.Command(append([]string{exe, "serve"}, extra...),
		transport.CommandOptions{Env: vars, Limits: f.limits(), Nice: f.nice, Name: name})
	t.name, t.line, t.words = slug(name), name, []string{name}
	t.demo, t.rooted, t.floor, t.nice = true, true, demoFloor, transport.Nicer(f.nice)
	return nil
}

// The demo plants a secret in its own server, so that a leak can be proved.
const (
	demoSecretVar = "MCPFUZZ_DEMO_SECRET"
	demoSecret    = "planted-7d1f4c0be2a94f65"
)

// demoFloor is the deadline of the demo, whose answers take no time.
const demoFloor = time.Second

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
	// A server says where it was started when it joins a name to that.
	if dir, err := os.Getwd(); err == nil {
		shown = append(shown, dir)
	}
	return shown
}
