package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

func serveCommand() *cobra.Command {
	var listen string
	var keys []string
	var limits limitedBy
	var opts refserver.Options
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference server, with all guards on or without some",
		Example: `  mcpfuzz serve                              on stdio, hardened
  mcpfuzz serve --listen 127.0.0.1:8080      over HTTP at /mcp, and over HTTP+SSE at /sse
  mcpfuzz serve --listen 127.0.0.1:8080 --client ada=ADA_KEY --client bob=BOB_KEY:read
  mcpfuzz serve --listen 127.0.0.1:8080 --limit-address 20/40 --limit-in-flight 8
  mcpfuzz serve --without extras             without one guard; see mcpfuzz list guards
  mcpfuzz serve --without all                the fragile demo`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Secret, opts.Log = os.Getenv(demoSecretVar), cmd.ErrOrStderr()
			for _, text := range keys {
				key, err := refserver.ParseKey(text, os.LookupEnv)
				if err != nil {
					return exit{exitUsage, fmt.Errorf("--client %w", err)}
				}
				opts.Keys = append(opts.Keys, key)
			}
			if len(keys) > 0 && listen == "" {
				return exit{exitUsage, errors.New("--client goes with --listen: keys are shown over HTTP")}
			}
			if err := limits.fill(&opts, listen); err != nil {
				return exit{exitUsage, err}
			}
			server, err := refserver.New(opts)
			if err != nil {
				return exit{exitUsage, err}
			}
			defer server.Close()
			if listen != "" {
				return ended(cmd.Context(), server.Serve(cmd.Context(), listen))
			}
			return ended(cmd.Context(), server.ServeStream(cmd.Context(), stdio{cmd.InOrStdin(), cmd.OutOrStdout()}))
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "serve HTTP at this loopback `ADDRESS` instead of stdio")
	cmd.Flags().StringArrayVar(&opts.Without, "without", nil, "the `GUARD` to switch off; all for every one")
	cmd.Flags().StringArrayVar(&keys, "client", nil, "`NAME=VARIABLE[:read,write]`: a client over HTTP, with its key in that variable and what it may do (default: both; no client: everybody)")
	limits.register(cmd.Flags(), &opts)
	cmd.Flags().StringVar(&opts.Backend, "backend", "", "the `URL` of a server that notes refer to things of (default: none)")
	cmd.Flags().StringVar(&opts.Root, "root", "", "the folder that notes are exported to (default: a scratch folder)")
	return cmd
}

// limitedBy says how often the server lets itself be called.
type limitedBy struct{ key, address string }

func (l *limitedBy) register(fs *pflag.FlagSet, opts *refserver.Options) {
	fs.StringVar(&l.key, "limit-key", "", "`PER_SECOND/AT_ONCE`: how often each client over HTTP that has a key may call, like 5/10 (default: as it likes)")
	fs.StringVar(&l.address, "limit-address", "", "`PER_SECOND/AT_ONCE`: the same of each address")
	fs.IntVar(&opts.Limits.InFlight, "limit-in-flight", 0, "work on so many calls over HTTP at once (default: on all)")
	fs.IntVar(&opts.Limits.Connections, "limit-connections", 0, "take so many connections of each address at once (default: any)")
	fs.DurationVar(&opts.Work, "work", 0, "how much longer each call of a tool takes than it does")
}

// fill reads the limits; none holds where nothing listens.
func (l *limitedBy) fill(opts *refserver.Options, listen string) (err error) {
	if listen == "" && (l.key != "" || l.address != "" || opts.Limits != refserver.Limits{}) {
		return errors.New("--limit-key, --limit-address, --limit-in-flight and --limit-connections go with --listen: they are of clients over HTTP")
	}
	for _, flag := range []struct {
		name string
		n    int
	}{{"--limit-in-flight", opts.Limits.InFlight}, {"--limit-connections", opts.Limits.Connections}} {
		if flag.n < 0 {
			return fmt.Errorf("%s %d: want a number that is not negative", flag.name, flag.n)
		}
	}
	for _, flag := range []struct {
		name, text string
		to         *refserver.Rate
	}{{"--limit-key", l.key, &opts.Limits.Key}, {"--limit-address", l.address, &opts.Limits.Address}} {
		if flag.text == "" {
			continue
		}
		if *flag.to, err = refserver.ParseRate(flag.text); err != nil {
			return fmt.Errorf("%s %w", flag.name, err)
		}
	}
	return nil
}

// ended makes the end of a served stream an exit: end of input and being told
// to stop are how a server ends well.
func ended(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return exit{exitUsage, fmt.Errorf("serve: %w", err)}
}

// stdio is our own input and output as one stream.
type stdio struct {
	io.Reader
	io.Writer
}

// CloseWrite ends the output alone.
func (s stdio) CloseWrite() error {
	if c, ok := s.Writer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Close ends the input, which ends the serving.
func (s stdio) Close() error {
	if c, ok := s.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
