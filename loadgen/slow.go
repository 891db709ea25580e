package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// SlowKind is a way to hold a connection and send, or read, next to nothing.
type SlowKind struct {
	Name, Doc string
	// hold does that on a connection until it ends, or the context does.
	hold func(context.Context, net.Conn, *slowWork)
}

// SlowKinds returns all of them.
func SlowKinds() []SlowKind {
	return []SlowKind{
		{"head", "The head of a call comes byte by byte, and never ends.", func(ctx context.Context, c net.Conn, w *slowWork) {
			w.drip(ctx, c, w.call())
		}},
		{"body", "The body of a call comes byte by byte, and never ends.", func(ctx context.Context, c net.Conn, w *slowWork) {
			call := w.call()
			body := len(call) - w.template.body
			if _, err := c.Write(call[:body]); err == nil {
				w.drip(ctx, c, call[body:])
			}
		}},
		{"idle", "After one call nothing comes, and the connection stays open.", func(ctx context.Context, c net.Conn, w *slowWork) {
			if _, err := c.Write(w.call()); err == nil {
				read(c)
			}
		}},
		{"stream", "An event stream is asked for, and behind that a call, and nobody reads.", func(ctx context.Context, c net.Conn, w *slowWork) {
			small(c)
			if _, err := c.Write(append(slices.Clone(w.stream), w.call()...)); err == nil {
				<-ctx.Done()
			}
		}},
	}
}

// SlowClients are many of a kind at once, for each kind in turn, while a client of few calls
// tells what that does to others. They are for servers over HTTP.
type SlowClients struct {
	// Load says how the calls of that client are made. Its Agents and Plan are not looked at,
	// but for the seed.
	Load Config
	// Session is that of the slow ones.
	Session protocol.Session
	// Clients is how many there are of a kind, For how long they are there; the other client
	// is watched as long before and afterwards.
	Clients int
	For     time.Duration
	// Progress, unless nil, is told how many kinds are done.
	Progress func(done, of int)
}

// The client that is watched sends so many calls a second; a byte comes as seldom as dripEvery,
// and who was hung up on comes again after slowPause.
const (
	watchedRate = 20
	dripEvery   = 100 * time.Millisecond
	slowPause   = 100 * time.Millisecond
)

// Check reports what of them cannot be.
func (s SlowClients) Check() error {
	switch {
	case s.Clients < 1 || s.For <= 0:
		return errors.New("there must be a slow client at least, for a time above 0")
	case s.Load.Conn != nil:
		return errors.New("slow clients connect over HTTP")
	}
	return enoughFiles(float64(s.Clients) + float64(s.Load.Connections))
}

// Run plays them. A context that ends makes them fewer, which is no error.
func (s SlowClients) Run(ctx context.Context) ([]record.SlowClients, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	s.Load = s.Load.counted()
	at, err := url.Parse(s.Load.URL)
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	w, err := newSlowWork(s, at)
	if err != nil {
		return nil, err
	}
	var list []record.SlowClients
	kinds := SlowKinds()
	for i, kind := range kinds {
		if s.Progress != nil {
			s.Progress(i, len(kinds))
		}
		one, err := s.play(ctx, kind, w)
		if err != nil || ctx.Err() != nil {
			return list, err
		}
		list = append(list, one)
	}
	return list, nil
}

// play plays those of one kind.
func (s SlowClients) play(ctx context.Context, kind SlowKind, w *slowWork) (record.SlowClients, error) {
	v := victim{slack: calmSlack} // a server that does next to nothing answers in no time
	cfg := s.Load.plain()
	cfg.Agents, cfg.Each = 0, v.see
	cfg.Plan = Schedule{
		Seed: cfg.Plan.Seed, Pacer: vegeta.ConstantPacer{Freq: watchedRate, Per: time.Second}, FanOut: FanOut{Fixed: 1},
		For: 3 * s.For, MaxCalls: DefaultMaxCalls,
	}
	w.dropped.Store(0)
	w.refused.Store(0)
	slow, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	start := time.Now()
	for range s.Clients {
		all.Go(func() {
			if until(slow, start.Add(s.For)) {
				during, cancel := context.WithDeadline(slow, start.Add(2*s.For))
				defer cancel()
				w.keep(during, kind)
			}
		})
	}
	_, err := Run(ctx, cfg)
	stop()
	all.Wait()
	return record.SlowClients{
		Kind: kind.Name, Clients: s.Clients, Dropped: w.dropped.Load(), Refused: w.refused.Load(),
		Isolation: v.isolation("", s.For, s.For, 0),
	}, err
}

// slowWork is what slow clients send.
type slowWork struct {
	dial     dialer
	template template
	stream   []byte
	ids      *atomic.Int64
	// dropped counts the connections that the server ended, refused those that it did not
	// take.
	dropped, refused atomic.Int64
}

func newSlowWork(s SlowClients, at *url.URL) (*slowWork, error) {
	work, err := newWorkload(s.Session, s.Load.Calls[:min(1, len(s.Load.Calls))], nil, at)
	if err == nil && work.right == 0 {
		err = errors.New("a slow client needs a call that works")
	}
	if err != nil {
		return nil, err
	}
	stream, err := headOf(http.MethodGet, at, s.Session.Listen().Header, 0)
	if err != nil {
		return nil, fmt.Errorf("ask for an event stream: %w", err)
	}
	return &slowWork{dial: dialerOf(at, new(tls.Config)), template: work.templates[0], stream: stream, ids: s.Load.IDs}, nil
}

func (w *slowWork) call() []byte { return w.template.request(nil, w.ids.Add(1)+firstID) }

// keep holds a connection of a kind, and another where the server ends that.
func (w *slowWork) keep(ctx context.Context, kind SlowKind) {
	for ctx.Err() == nil {
		c, err := w.dial(ctx)
		if err == nil {
			end := context.AfterFunc(ctx, func() { c.Close() })
			kind.hold(ctx, c, w)
			end()
			c.Close()
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.refused.Add(1)
		default:
			w.dropped.Add(1)
		}
		pause(ctx, slowPause)
	}
}

// drip writes byte by byte, all but the last, and then nothing.
func (w *slowWork) drip(ctx context.Context, c net.Conn, b []byte) {
	for i := range len(b) - 1 {
		if _, err := c.Write(b[i : i+1]); err != nil {
			return
		}
		pause(ctx, dripEvery)
	}
	read(c)
}

// read waits until the server ends a connection.
func read(c net.Conn) {
	var b [1 << 10]byte
	for {
		if _, err := c.Read(b[:]); err != nil {
			return
		}
	}
}

// small makes the system hold little of what comes.
func small(c net.Conn) {
	if tcp, is := c.(*net.TCPConn); is {
		_ = tcp.SetReadBuffer(1 << 10) // it only makes the server wait the sooner
	}
}

// pause waits that long, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
