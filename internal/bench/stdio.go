package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// besideSDK puts the client of the official Go SDK, with so many calls under way, beside ours
// with its own number, each on a canned server of its own.
func besideSDK(name string, theirs, mine int) func() (client, client, func(), error) {
	return func() (client, client, func(), error) {
		cmd, err := canned(name)
		if err != nil {
			return nil, nil, nil, err
		}
		polite := mcp.NewClient(&mcp.Implementation{Name: "yardstick", Version: "1"}, nil)
		s, err := polite.Connect(context.Background(), &mcp.CommandTransport{Command: cmd}, nil)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("connect the client of the SDK: %w", err)
		}
		ours := func(ctx context.Context, turn time.Duration) (s sample, err error) {
			err = onStdio(ctx, commanded(name), mine, func(cfg loadgen.Config) error {
				s, err = closed(cfg)(ctx, turn)
				return err
			})
			return s, err
		}
		return onSDK(s, theirs), ours, func() { _ = s.Close() }, nil // the server ends in any case
	}
}

// onSDK is the client of the official Go SDK over standard input and output.
func onSDK(s *mcp.ClientSession, atOnce int) client {
	return func(ctx context.Context, turn time.Duration) (sample, error) {
		return measured(func() (int64, error) {
			return together(atOnce, turn, func() error {
				_, err := s.CallTool(ctx, &mcp.CallToolParams{Name: theCall().Tool, Arguments: map[string]any{"text": "notes"}})
				return err
			})
		})
	}
}

// serveSDK serves a tool with the official Go SDK on standard input and output.
func serveSDK() error {
	s := mcp.NewServer(&mcp.Implementation{Name: "canned", Version: "1"}, nil)
	type args struct {
		Text string `json:"text"`
	}
	mcp.AddTool(s, &mcp.Tool{Name: theCall().Tool}, func(_ context.Context, _ *mcp.CallToolRequest, a args) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: a.Text}}}, nil, nil
	})
	return s.Run(context.Background(), &mcp.StdioTransport{})
}

// commanded is a canned server on standard input and output, started anew for each connection.
func commanded(name string) transport.Target {
	return transport.Dialed(name, func(context.Context) (io.ReadWriteCloser, error) { return startPipes(name, new(pipeCounts)) })
}

// onStdio does something with a load of so many agents, on a connection of its own.
func onStdio(ctx context.Context, target transport.Target, agents int, do func(loadgen.Config) error) error {
	set := execute.Settings{Revision: session(false).Revision, Deadline: 10 * time.Second, Probe: time.Second, IDs: &execute.IDs{}}
	s, err := execute.Dial(ctx, target, set)
	if err != nil {
		return err
	}
	defer s.Kill()
	cfg := httpLoad("")
	cfg.URL, cfg.Conn, cfg.Session, cfg.Agents = "", s.Conn(), s.Protocol(), agents
	return do(cfg)
}

// pipes are the standard input and output of a process, which ends with them.
type pipes struct {
	io.WriteCloser
	io.Reader
	cmd *exec.Cmd
	*pipeCounts
}

// pipeCounts counts the writes to a process, and the bytes of the largest.
type pipeCounts struct{ writes, largest atomic.Int64 }

func startPipes(name string, counts *pipeCounts) (io.ReadWriteCloser, error) {
	cmd, err := canned(name)
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return pipes{in, out, cmd, counts}, cmd.Start()
}

func (p pipes) Write(b []byte) (int, error) {
	p.writes.Add(1)
	p.largest.Store(max(p.largest.Load(), int64(len(b))))
	return p.WriteCloser.Write(b)
}

func (p pipes) Close() error {
	err := p.WriteCloser.Close()
	_ = p.cmd.Wait() // how it ends is of no interest
	return err
}

// atomicWrite is how much a pipe takes in one piece (PIPE_BUF of pipe(7)).
const atomicWrite = 4096

// onePipe sends bursts of 10 calls over standard input and output.
func onePipe() (yardstick, ours client, stop func(), err error) {
	ours = func(ctx context.Context, _ time.Duration) (s sample, err error) {
		var counts pipeCounts
		target := transport.Dialed(overStdio, func(context.Context) (io.ReadWriteCloser, error) { return startPipes(overStdio, &counts) })
		start := time.Now()
		err = onStdio(ctx, target, 1, func(cfg loadgen.Config) error {
			before := counts.writes.Load()
			r, err := loadgen.Burst{Size: 10, Times: bursts, Load: cfg}.Run(ctx)
			s = sample{calls: int64(r.Times), took: time.Since(start), writes: counts.writes.Load() - before}
			if size := counts.largest.Load(); err == nil && size > atomicWrite {
				err = fmt.Errorf("a burst is of %d bytes, more than a pipe takes at once", size)
			}
			return err
		})
		return s, err
	}
	return nil, ours, func() {}, nil
}

// writesPerBurst is a figure of samples whose calls are bursts.
func writesPerBurst(s sample) float64 { return float64(s.writes) / float64(s.calls) }
