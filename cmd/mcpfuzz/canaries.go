package main

import (
	"crypto/rand"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
)

// canaryFlags say where things are planted that the target must not reach.
type canaryFlags struct{ root string }

func (f *canaryFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.root, "canary-root", "", "the `DIR` to plant harmless files in that the server must not reach, removed in the end (default: that for temporary files); "+
		"{root}, {sibling}, {home} and {listener} in COMMAND and --env lead there")
}

// words are the flags that plant there again.
func (f *canaryFlags) words() []string {
	if f.root == "" {
		return nil
	}
	return []string{"--canary-root", f.root}
}

func (f *canaryFlags) plant() (*canary.Yard, error) { return canary.Plant(f.root, rand.Reader) }

// fill tells a server that we start of its places, and notes whether its root is among
// them.
func (f *canaryFlags) fill(t *target, argv, vars []string) (filledArgv, filledVars []string) {
	has := func(text string) bool { return strings.Contains(text, canary.RootPlaceholder) }
	t.rooted = slices.ContainsFunc(slices.Concat(argv, vars), has)
	return filled(t.canaries, argv), filled(t.canaries, vars)
}

func filled(y *canary.Yard, texts []string) []string {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i] = y.Fill(texts[i])
	}
	return texts
}
