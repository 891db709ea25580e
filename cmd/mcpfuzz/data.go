package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// dataFlags say how the data of a target is made what it is to be: by lines of a shell.
type dataFlags struct{ before, reset string }

func (f *dataFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.before, "before", "", "a `COMMAND` that makes the data of the server what the run is to find, once before it; with --include-writes")
	fs.StringVar(&f.reset, "reset", "", "a `COMMAND` that brings that data back, after every 64 cases, which are played one by one; with --include-writes")
}

// check holds the flags to runs that write.
func (f *dataFlags) check(writes bool) error {
	if (f.before != "" || f.reset != "") && !writes {
		return errors.New("--before and --reset go with --include-writes: without it nothing is written")
	}
	return nil
}

// prepare runs the command that goes before a run.
func (f *dataFlags) prepare(ctx context.Context, redact *record.Redactor) error {
	if f.before == "" {
		return nil
	}
	return command("--before", f.before, redact)(ctx)
}

// resetting is what brings the data back; nil where nothing does.
func (f *dataFlags) resetting(redact *record.Redactor) func(context.Context) error {
	if f.reset == "" {
		return nil
	}
	return command("--reset", f.reset, redact)
}

// lastWords is how much of what a command wrote to standard error is told.
const lastWords = 200

// command runs a line of a shell, which was given by a flag, until it ends or the context
// does. Of one that fails it says how, and what it wrote last to standard error.
func command(flag, line string, redact *record.Redactor) func(context.Context) error {
	return func(ctx context.Context) error {
		cmd := identity.Shell(ctx, line)
		var told bytes.Buffer
		cmd.Stderr = &told
		cmd.WaitDelay = time.Second // what it left behind may hold its output open
		err := cmd.Run()
		if err == nil || errors.Is(err, exec.ErrWaitDelay) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text := bytes.TrimSpace(told.Bytes())
		if len(text) == 0 {
			return fmt.Errorf("%s: the command failed: %w", flag, err)
		}
		text = text[max(0, len(text)-lastWords):]
		return fmt.Errorf("%s: the command failed: %w: %q", flag, err, redact.String(string(text)))
	}
}
