package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
)

// canaryFlags say where things are planted that the target must not reach, and which
// programs it is watched starting.
type canaryFlags struct {
	root  string
	shims []string
}

func (f *canaryFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.root, "canary-root", "", "the `DIR` to plant harmless files in that the server must not reach, removed in the end (default: that for temporary files); "+
		"{root}, {sibling}, {home} and {listener} in COMMAND and --env lead there")
	fs.StringArrayVar(&f.shims, "shim", nil, "`NAME[=PROGRAM]`: what a server that we start finds first under that name on its PATH; it notes its arguments, then succeeds without a word, or runs PROGRAM")
}

// words are the flags that plant there again.
func (f *canaryFlags) words() []string {
	var args []string
	if f.root != "" {
		args = append(args, "--canary-root", f.root)
	}
	for _, shim := range f.shims {
		args = append(args, "--shim", shim)
	}
	return args
}

// plant plants, stand-ins included.
func (f *canaryFlags) plant() (*canary.Yard, error) {
	yard, err := canary.Plant(f.root, rand.Reader)
	if err != nil {
		return nil, err
	}
	for _, shim := range f.shims {
		name, program, runs := strings.Cut(shim, "=")
		if runs {
			program, err = found(program)
		}
		if err == nil {
			err = yard.StandIn(name, program)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("--shim %s: %w", shim, err), yard.Close())
		}
	}
	return yard, nil
}

// found is where a program lies.
func found(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path) // a server may work in another folder
}

// watching are variables by which a server finds the stand-ins first.
func watching(y *canary.Yard, vars []string) []string {
	if !y.StandsIn() {
		return vars
	}
	path := ""
	for _, pair := range vars {
		// The last one counts; on Windows it may be Path.
		if name, value, _ := strings.Cut(pair, "="); name == "PATH" || runtime.GOOS == "windows" && strings.EqualFold(name, "PATH") {
			path = value
		}
	}
	return append(slices.Clone(vars), "PATH="+y.Path(path))
}

// fill tells a server that we start of its places, and notes whether its root and the
// listener are among them.
func (f *canaryFlags) fill(t *target, argv, vars []string) (filledArgv, filledVars []string) {
	told := strings.Join(slices.Concat(argv, vars), "\n")
	t.rooted, t.backed = strings.Contains(told, canary.RootPlaceholder), strings.Contains(told, canary.ListenerPlaceholder)
	return filled(t.canaries, argv), watching(t.canaries, filled(t.canaries, vars))
}

func filled(y *canary.Yard, texts []string) []string {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i] = y.Fill(texts[i])
	}
	return texts
}
