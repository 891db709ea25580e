package refserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// ServeStream serves one client on a stream of lines until the client ends it.
func (s *Server) ServeStream(ctx context.Context, rwc io.ReadWriteCloser) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, served := s.open(ctx, rwc)
	s.stray = func(text string) { l.write([]byte(text)) }
	go func() {
		l.forward.CloseWithError(l.read(bufio.NewReaderSize(rwc, 64<<10)))
	}()
	// The reading ends when the client ends the stream. When the SDK ends
	// first, on a frame that it cannot take, nobody is left to read for.
	return <-served
}

// open lets the SDK serve one client, and tells when it has ended.
func (s *Server) open(ctx context.Context, out io.WriteCloser) (l *line, ended <-chan error) {
	r, w := io.Pipe()
	l = &line{Server: s, out: out, busy: map[string]bool{}, cancelled: map[string]bool{}, together: map[string]bool{}, asks: map[string]bool{}, forward: w}
	maxLine := -1
	if s.off["frame-size"] {
		maxLine = 0
	}
	served := make(chan error, 1)
	go func() {
		err := s.MCP().Run(ctx, &mcp.IOTransport{Reader: r, Writer: l, MaxLineLength: maxLine})
		r.CloseWithError(io.ErrClosedPipe)
		served <- err
	}()
	return l, served
}

// line is one client's stream of frames, behind the guards. It is what the SDK
// writes its answers to.
type line struct {
	*Server
	forward *io.PipeWriter

	// turn is held by the frame that is handled: over HTTP several may come at once.
	turn sync.Mutex

	mu     sync.Mutex
	out    io.WriteCloser
	closed bool
	// busy holds the ids of the requests that are not answered yet.
	busy map[string]bool
	// cancelled holds those of them that the client no longer wants.
	cancelled map[string]bool
	// initialized: the client has said that it speaks an older revision.
	initialized bool
	// together holds the ids of the requests that came in one read, which are in
	// flight at once however fast they are answered.
	together map[string]bool
	// revision is what the handshake settled on, "" before it.
	revision string

	// asks holds the ids of the requests that the client was sent and has not answered.
	asks map[string]bool

	// rest is the start of a message, of which no more came in its line.
	rest []byte
	// used: something was asked for. opened: a session was asked for; lost: again.
	used, opened, lost bool
}

// read inspects each frame that comes and passes the sound ones on.
func (l *line) read(in *bufio.Reader) error {
	for {
		if in.Buffered() == 0 {
			l.apart()
		}
		frame, err := l.frame(in)
		frame = l.joined(frame)
		if len(unpadded(frame)) > 0 {
			if handleErr := l.handle(frame); handleErr != nil {
				return nil // the SDK has ended the session
			}
		}
		if errors.Is(err, io.EOF) {
			l.linger()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// apart says that what comes now did not come together with what came before.
func (l *line) apart() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.together)
}

// frame reads to the end of a line. Of one that is too long only the start is
// kept, and enough to see that it is.
func (l *line) frame(in *bufio.Reader) ([]byte, error) {
	var frame []byte
	for {
		part, err := in.ReadSlice('\n')
		if room := maxFrame + 1 - len(frame); !l.off["frame-size"] && len(part) > room {
			part = part[:max(room, 0)]
		}
		frame = append(frame, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return frame, err
		}
	}
}

func (l *line) handle(frame []byte) error {
	// Work without bound holds this lock for ever, and everything stands still.
	l.stuck.Lock()
	//lint:ignore SA2001 passing through is the point
	l.stuck.Unlock()
	l.turn.Lock()
	defer l.turn.Unlock()
	l.mu.Lock()
	revision := l.revision
	l.mu.Unlock()
	if l.answers(frame) {
		return l.pass(frame)
	}
	v := l.inspectAny(frame, revision)
	l.cancel(v.cancels)
	if v.pass && v.id != "" {
		v = l.inOrder(v)
	}
	if v.pass && v.id != "" {
		v = l.declared(frame, v)
	}
	switch {
	case v.pass && v.batch != nil:
		v = l.admitBatch(v)
	case v.pass && v.id != "":
		v = l.admit(v)
	}
	switch {
	case bytes.Equal(v.answer, hangUp):
		l.hangUp()
	case v.answer != nil:
		l.write(v.answer)
	case v.pass && v.batch != nil:
		return l.passBatch(v.frame)
	case v.pass:
		// The SDK ends the session over blanks behind a message.
		if v.frame != nil {
			frame = v.frame
		}
		return l.pass(frame)
	}
	return nil
}

func (l *line) pass(frame []byte) error {
	_, err := l.forward.Write(append(unpadded(frame), '\n'))
	return err
}

// declared lets a request pass that declares what it must.
func (l *line) declared(frame []byte, v verdict) verdict {
	if v.frame != nil {
		frame = v.frame
	}
	e := readEnvelope(unpadded(frame))
	if d := l.declares(e, l.initialized); !d.pass {
		return d
	}
	if l.off["declared"] && e.version == modern && !e.capable {
		v.frame = madeCapable(frame)
	}
	l.initialized = l.initialized || e.method == "initialize"
	return v
}

// maxTogether is how many calls may come at once where calls beyond it are lost.
const maxTogether = 16

// admit lets a request in, unless its id is in use. Without the guard of ids
// the second of two requests with one id is lost, as it is by the SDK when the
// first is not answered yet.
func (l *line) admit(v verdict) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.busy[v.id] || l.together[v.id]
	switch {
	case again && !l.off["ids"]:
		return refused(v.id, codeRequest, "a request with that id is in flight")
	case again, len(l.together) >= maxTogether && l.off["queue"]:
		return verdict{}
	}
	l.busy[v.id], l.together[v.id] = true, true
	return v
}

// cancel notes that a request is no longer wanted, if it is in flight.
func (l *line) cancel(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[id] {
		l.cancelled[id] = true
	}
}
