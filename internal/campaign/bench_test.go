package campaign_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// inMemory is the reference server without those guards, in our own process.
func inMemory(tb testing.TB, without ...string) transport.Target {
	tb.Helper()
	root := tb.TempDir()
	return transport.InMemory(func(ctx context.Context, rwc io.ReadWriteCloser) error {
		s, err := refserver.New(refserver.Options{Root: root, Without: without})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.ServeStream(ctx, rwc)
	})
}

// benchCases is how many cases one measurement plays: more than a round of both eras. A round
// starts with one case of every class, so that a shorter run mostly waits for what must not
// come.
const benchCases = 60 * campaign.BlockSize

// BenchmarkCampaign measures the judged calls of a campaign per second, and
// how they compare with a bare loop that sends the same frames over the same
// number of connections, waits for as many answers, and judges nothing.
func BenchmarkCampaign(b *testing.B) {
	cfg := config(inMemory(b), benchCases)
	tape := &tape{Target: cfg.Target}
	recorded := cfg
	recorded.Target = tape
	if _, err := campaign.Run(b.Context(), recorded); err != nil {
		b.Fatal(err)
	}
	workers := campaign.DefaultWorkers(cfg.Target.Kind())
	var judged, bare time.Duration
	var calls int
	for b.Loop() {
		start := time.Now()
		s, err := campaign.Run(b.Context(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(start)
		start = time.Now()
		if err := tape.play(b.Context(), workers); errors.Is(err, context.DeadlineExceeded) {
			continue // a race went another way than on the tape: this round compares nothing
		} else if err != nil {
			b.Fatal(err)
		}
		judged, bare, calls = judged+took, bare+time.Since(start), calls+s.Calls
	}
	b.ReportMetric(float64(calls)/judged.Seconds(), "judged-calls/s")
	b.ReportMetric(float64(calls)/bare.Seconds(), "bare-calls/s")
	b.ReportMetric(bare.Seconds()/judged.Seconds(), "ratio")
}

// BenchmarkTry makes, plays and judges one case of every base in turn on the
// reference server, as the fuzzer does: with a new server for each.
func BenchmarkTry(b *testing.B) {
	cfg := config(inMemory(b), 1)
	cfg.Filter.Skip = []string{"S2"} // the time of a large value is the server's
	trial, err := campaign.NewTrial(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer trial.Close()
	bases := trial.Deck().Bases()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		trial.Renew()
		if _, _, err := trial.Try(b.Context(), trial.Deck().Decode(bases[i%len(bases)], nil)); err != nil {
			b.Fatal(err)
		}
	}
}

// tape is a target that records what is sent on each connection, and how many
// frames came back between two sends.
type tape struct {
	transport.Target
	mu    sync.Mutex
	conns []*taped
}

// taped is a connection that is recorded.
type taped struct {
	transport.Conn
	acts []act
}

// act is one Send and how many frames were received after it.
type act struct {
	sent     []transport.Message
	received int
}

func (t *tape) Dial(ctx context.Context) (transport.Conn, error) {
	conn, err := t.Target.Dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &taped{Conn: conn}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns = append(t.conns, c)
	return c, nil
}

func (c *taped) Send(ctx context.Context, ms ...transport.Message) ([]transport.Sent, error) {
	c.acts = append(c.acts, act{sent: ms})
	return c.Conn.Send(ctx, ms...)
}

func (c *taped) Recv(ctx context.Context) (transport.Frame, error) {
	f, err := c.Conn.Recv(ctx)
	if err == nil {
		c.acts[len(c.acts)-1].received++
	}
	return f, err
}

// play sends everything again, as many connections at once as there are
// workers.
func (t *tape) play(ctx context.Context, workers int) error {
	conns, errs := make(chan *taped), make(chan error, workers)
	for range workers {
		go func() {
			var err error
			for c := range conns {
				if err == nil {
					err = c.play(ctx, t.Target)
				}
			}
			errs <- err
		}()
	}
	for _, c := range t.conns {
		conns <- c
	}
	close(conns)
	var first error
	for range workers {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}

func (c *taped) play(ctx context.Context, target transport.Target) error {
	conn, err := target.Dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, a := range c.acts {
		if _, err := conn.Send(ctx, a.sent...); err != nil {
			return err
		}
		if err := receive(ctx, conn, a.received); err != nil {
			return err
		}
	}
	return nil
}

// receive takes n frames, each of which comes in time: whether a call that is cancelled
// is answered is a race, so that what came once may not come again.
func receive(ctx context.Context, conn transport.Conn, n int) error {
	ctx, cancel := context.WithTimeout(ctx, execute.DefaultDeadline)
	defer cancel()
	for range n {
		if _, err := conn.Recv(ctx); err != nil {
			return err
		}
	}
	return nil
}
