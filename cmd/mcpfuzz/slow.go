package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// slowFlags ask what slow clients do to others.
type slowFlags struct {
	clients int
	limit   time.Duration
}

// defaultSlow is how long there are slow clients of a kind.
const defaultSlow = 3 * time.Second

func (f *slowFlags) register(fs *pflag.FlagSet) {
	fs.IntVar(&f.clients, "slow-clients", 0, "then hold `N` connections open and do next to nothing on them, in several ways, and tell what that does to another client")
	fs.DurationVar(&f.limit, "slow-for", defaultSlow, "how long each way of that lasts; the other client is watched as long before and afterwards")
}

// check reports what of that cannot be.
func (f *slowFlags) check(load loadgen.Config) error {
	switch {
	case f.clients == 0 && f.limit == defaultSlow:
		return nil
	case f.clients != 0 && load.URL == "":
		return errors.New("--slow-clients connect over HTTP; give a URL")
	}
	return loadgen.SlowClients{Load: load, Clients: f.clients, For: f.limit}.Check()
}

// play plays them, on a session of their own.
func (f *slowFlags) play(ctx context.Context, load loadgen.Config, t target, bar *progress) ([]record.SlowClients, error) {
	defer bar.done()
	other, err := otherSession(ctx, load, t)
	if err != nil {
		return nil, fmt.Errorf("open a second session: %w", err)
	}
	defer other.Close()
	return loadgen.SlowClients{
		Load: load, Session: other.Protocol(), Clients: f.clients, For: f.limit,
		Progress: func(done, of int) { bar.update(done, of, 0) },
	}.Run(ctx)
}
