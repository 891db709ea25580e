package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/mcpfuzz/mcpfuzz/internal/canary"
)

// The exit codes, the whole contract with scripts.
const (
	exitOK          = 0
	exitFindings    = 1
	exitUsage       = 2
	exitUntestable  = 3
	exitInterrupted = 130
)

// exit is an error that carries its exit code. A nil cause prints nothing.
type exit struct {
	code  int
	cause error
}

func (e exit) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

func (e exit) Unwrap() error { return e.cause }

func main() {
	if code, is := canary.RanAsStandIn(); is {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A write that nobody reads is then an error as others are, and what was made for
	// the run is removed.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// The first signal ends the run well, the next one ends the program.
	context.AfterFunc(ctx, stop)
	code := mcpfuzz(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// mcpfuzz runs one command line and returns its exit code.
func mcpfuzz(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var e exit
	if !errors.As(err, &e) {
		e = exit{exitUsage, err}
	}
	if e.cause != nil {
		fmt.Fprintf(stderr, "mcpfuzz: %s\n", oneLine(e.cause.Error()))
	}
	return e.code
}
