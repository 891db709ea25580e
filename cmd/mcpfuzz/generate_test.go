package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// interrupting cancels a context as soon as something is written.
type interrupting struct{ cancel context.CancelFunc }

func (w interrupting) Write(b []byte) (int, error) {
	w.cancel()
	return len(b), nil
}

func TestGenerateEndsWhenItIsInterrupted(t *testing.T) {
	catalog := filepath.Join(t.TempDir(), "tools.json")
	if err := os.WriteFile(catalog, []byte(`{"tools":[{"name":"say","inputSchema":{"type":"object"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stderr strings.Builder
	args := []string{"generate", "--catalog", catalog, "-n", "1000000000"}
	if code := mcpfuzz(ctx, args, strings.NewReader(""), interrupting{cancel}, &stderr); code != exitInterrupted {
		t.Errorf("it ended with %d, want %d; it said %q", code, exitInterrupted, stderr.String())
	}
}
