package made

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// variable names, in the environment, the made server that a process is to be.
const variable = "MCPFUZZ_MADE"

// Env is the entry of the environment that makes a program which calls Main a
// made server.
func Env(name string) string { return variable + "=" + name }

// EnvAt is Env for a made HTTP server, which listens at that host and port.
func EnvAt(name, address string) string { return Env(name + "@" + address) }

// longestLife bounds how long a made server that nobody ends lives on.
const longestLife = 5 * time.Minute

// Main makes the process the made server that the environment names, and then
// does not return; where none is named it does nothing. A test binary calls it
// first thing in TestMain.
func Main() {
	name, address, _ := strings.Cut(os.Getenv(variable), "@")
	if name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), longestLife)
	defer cancel()
	end(serve(ctx, name, address))
}

func serve(ctx context.Context, name, address string) error {
	for _, s := range Servers() {
		if s.Name == name {
			return s.Run(ctx, os.Stdin, os.Stdout)
		}
	}
	for _, s := range slices.Concat(Sites(), EventSites(), Loaded()) {
		if s.Name == name {
			return listen(ctx, address, s.Handler())
		}
	}
	if run := oddities()[name]; run != nil {
		return run(ctx, os.Stdin, os.Stdout)
	}
	return fmt.Errorf("there is no made server %q", name)
}

// listen serves until the input ends or the time is up.
func listen(ctx context.Context, address string, h http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { l.Close() })
	return http.Serve(l, h)
}

// end ends the process as a made server's error says.
func end(err error) {
	var e End
	switch {
	case err == nil:
		os.Exit(0)
	case !errors.As(err, &e):
		fmt.Fprintln(os.Stderr, "made:", err)
		os.Exit(1)
	case e.Panicked:
		panic("made to panic")
	case e.Killed:
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill() // a process may always end itself
		select {}
	}
	os.Exit(e.Code)
}
