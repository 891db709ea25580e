package transport_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// TestConn holds every carrier to one contract, that of Conn.
func TestConn(t *testing.T) {
	for _, c := range carriers() {
		for _, check := range []struct {
			name string
			run  func(*testing.T, carrier)
		}{
			{"bytes come back exactly", bytesAreExact},
			{"a burst is one act", burstIsOneAct},
			{"sends are numbered over the life of the connection", sendsAreNumbered},
			{"a large message streams", largeMessageStreams},
			{"a write that stalls ends with its deadline", stalledWriteEnds},
			{"a write that is given up is no stall", cancelledWriteIsNoStall},
			{"receiving ends with its context", receivingEnds},
			{"closing ends what receives", closingEndsReceiving},
			{"closing and killing may be repeated", closingRepeats},
			{"the end of a stream is told", endIsTold},
		} {
			t.Run(c.name+"/"+check.name, func(t *testing.T) {
				t.Parallel()
				check.run(t, c)
			})
		}
	}
}

// allBytes is every byte but those that end a line.
func allBytes() string {
	var b strings.Builder
	for i := range 256 {
		if i != '\n' && i != '\r' {
			b.WriteByte(byte(i))
		}
	}
	return b.String()
}

func bytesAreExact(t *testing.T, c carrier) {
	conn := c.dial(t, "echo")
	texts := []string{"{}", allBytes(), strings.Repeat("x", 70_000)}
	if c.name != "HTTP+SSE" {
		texts = append(texts, "in \r, and at the end \r") // ends a line of an event stream
	}
	for _, s := range texts {
		before := time.Now()
		sent := send(t, conn, text(s))
		f := receive(t, conn)
		if string(f.Bytes) != s || f.Size != int64(len(s)) || f.Cut || f.Lost > 0 {
			t.Fatalf("got %.80q, cut %t, size %d; want %.80q", f.Bytes, f.Cut, f.Size, s)
		}
		if f.At.Before(before) || sent[0].Start.Before(before) || sent[0].End.Before(sent[0].Start) {
			t.Errorf("started %v, written %v, answered %v, all after %v", sent[0].Start, sent[0].End, f.At, before)
		}
	}
	if s := conn.State(); s.Phase != transport.Open {
		t.Errorf("the state is %+v, want open", s)
	}
}

func burstIsOneAct(t *testing.T, c carrier) {
	// The peer answers none before it has all.
	conn := c.dial(t, "gather")
	var ms []transport.Message
	var want []string
	for i := range gathered {
		want = append(want, fmt.Sprintf("frame %d", i))
		ms = append(ms, text(want[i]))
	}
	for i, s := range send(t, conn, ms...) {
		if s.Err != nil || s.End.IsZero() || s.Stalled {
			t.Errorf("message %d: %+v", i, s)
		}
	}
	var got []string
	for range gathered {
		f := receive(t, conn)
		got = append(got, string(f.Bytes))
		if c.http && string(f.Bytes) != want[f.Of] {
			t.Errorf("send %d was answered by %q", f.Of, f.Bytes)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func sendsAreNumbered(t *testing.T, c carrier) {
	conn := c.dial(t, "echo")
	for i, n := range []int{1, 2, 1} {
		send(t, conn, slices.Repeat([]transport.Message{text("hi")}, n)...)
		var got []int
		for range n {
			f := receive(t, conn)
			got = append(got, f.Of)
			if f.Last != c.http {
				t.Errorf("last is %t", f.Last)
			}
		}
		slices.Sort(got)
		want := [][]int{{0}, {1, 2}, {3}}[i]
		if !c.http {
			want = slices.Repeat([]int{-1}, n)
		}
		if !slices.Equal(got, want) {
			t.Errorf("frames of the sends %v, want %v", got, want)
		}
	}
}

// streamed is a body that is written in small parts and never held.
type streamed int64

func (s streamed) WriteTo(w io.Writer) (int64, error) {
	part, written := []byte(strings.Repeat("streamed ", 1000)), int64(0)
	for written < int64(s) {
		n, err := w.Write(part[:min(int64(len(part)), int64(s)-written)])
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func largeMessageStreams(t *testing.T, c carrier) {
	conn := c.dial(t, "digest")
	body := streamed(8<<20 + 1)
	sum := sha256.New()
	_, _ = body.WriteTo(sum)
	send(t, conn, transport.Message{Body: body, Size: int64(body), End: "\n"})
	want := fmt.Sprintf("%d %x", int64(body), sum.Sum(nil))
	if f := receive(t, conn); string(f.Bytes) != want {
		t.Errorf("the peer read %q, want %q", f.Bytes, want)
	}
}

// more than any buffer between two peers holds.
const tooMuch = streamed(64 << 20)

func stalledWriteEnds(t *testing.T, c carrier) {
	conn := c.dial(t, "deaf")
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	sent, err := conn.Send(ctx, transport.Message{Body: tooMuch, Size: int64(tooMuch), End: "\n"})
	if err == nil || len(sent) != 1 || !sent[0].Stalled || sent[0].Err == nil || !sent[0].End.IsZero() {
		t.Errorf("got %+v and %v, want a stall", sent, err)
	}
}

func cancelledWriteIsNoStall(t *testing.T, c carrier) {
	conn := c.dial(t, "deaf")
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	go func() {
		<-began
		cancel()
	}()
	sent, err := conn.Send(ctx, transport.Message{Body: beginning{tooMuch, began, &sync.Once{}}, Size: int64(tooMuch), End: "\n"})
	if err == nil || len(sent) != 1 || sent[0].Stalled {
		t.Errorf("got %+v and %v, want an error and no stall", sent, err)
	}
}

// beginning is a body that tells when it is first written.
type beginning struct {
	streamed
	began chan struct{}
	once  *sync.Once
}

func (b beginning) WriteTo(w io.Writer) (int64, error) {
	b.once.Do(func() { close(b.began) })
	return b.streamed.WriteTo(w)
}

func receivingEnds(t *testing.T, c carrier) {
	conn := c.dial(t, "mute")
	send(t, conn, text("hi"))
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	if f, err := next(ctx, conn); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v and %v, want the context's error", f, err)
	}
}

func closingEndsReceiving(t *testing.T, c carrier) {
	conn := c.dial(t, "echo")
	ended := make(chan error)
	go func() {
		_, err := conn.Recv(t.Context())
		ended <- err
	}()
	conn.Close()
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
}

func closingRepeats(t *testing.T, c carrier) {
	conn := c.dial(t, "echo")
	first := conn.Close()
	var group sync.WaitGroup
	for range 3 {
		group.Go(conn.Kill)
		group.Go(func() {
			if again := conn.Close(); again.Step != first.Step || again.Took != first.Took {
				t.Errorf("closed with %+v, then with %+v", first, again)
			}
		})
	}
	group.Wait()
	if _, err := conn.Recv(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("received %v, want the end", err)
	}
	if sent, err := conn.Send(t.Context(), text("hi")); err == nil || sent[0].Err == nil {
		t.Errorf("something was sent: %+v", sent)
	}
	conn.State()
	conn.Stderr()
}

func endIsTold(t *testing.T, c carrier) {
	if c.http {
		return // a response ends, and the connection does not
	}
	conn := c.dial(t, "once")
	send(t, conn, text("hi"))
	if f := receive(t, conn); string(f.Bytes) != "hi" {
		t.Errorf("got %q", f.Bytes)
	}
	for range 2 {
		if f, err := next(t.Context(), conn); !errors.Is(err, io.EOF) {
			t.Errorf("got %+v and %v, want the end", f, err)
		}
	}
	if s := conn.State(); s.Phase != transport.Closed && s.Phase != transport.Exited {
		t.Errorf("the state is %+v", s)
	}
}

// send sends and fails the test where that fails.
func send(t *testing.T, conn transport.Conn, ms ...transport.Message) []transport.Sent {
	t.Helper()
	sent, err := conn.Send(t.Context(), ms...)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// receive receives and fails the test where nothing comes.
func receive(t *testing.T, conn transport.Conn) transport.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	f, err := next(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// next receives what is more than word that a message was taken.
func next(ctx context.Context, conn transport.Conn) (transport.Frame, error) {
	for {
		f, err := conn.Recv(ctx)
		if err != nil || f.Header.Get(takenHeader) == "" {
			return f, err
		}
	}
}
