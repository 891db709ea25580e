package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// program is the package that go run is given.
const program = "github.com/mcpfuzz/mcpfuzz/cmd/mcpfuzz"

// self is how this program is started again: by the name it was called, or with
// go run.
func self() []string {
	exe, err := os.Executable()
	if err != nil || !strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return []string{os.Args[0]}
	}
	if _, err := os.Stat("cmd/mcpfuzz/main.go"); err == nil {
		return []string{"go", "run", "./cmd/mcpfuzz"}
	}
	info, ok := debug.ReadBuildInfo()
	if ok && strings.HasPrefix(info.Main.Version, "v") {
		return []string{"go", "run", program + "@" + info.Main.Version}
	}
	return []string{"go", "run", program}
}

// minJudged is the length from which a value is looked for in answers; shorter
// ones are words.
const minJudged = 8

// judgedSecrets are the values that must never come back from the server: those
// it was given under the name of a secret, and what the demo plants.
func judgedSecrets(t target) []string {
	var values []string
	for name, v := range t.secrets {
		if record.IsSecretName(name) && len(v) >= minJudged {
			values = append(values, v)
		}
	}
	if t.demo {
		values = append(values, demoSecret)
	}
	slices.Sort(values)
	return slices.Compact(values)
}
