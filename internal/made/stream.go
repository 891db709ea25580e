package made

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Server is a made server over a stream, on which each line is a frame.
type Server struct {
	Name string
	// Doc is one sentence: what is true of it.
	Doc string
	// Run serves until its input ends, or the fault is done. An End that it
	// returns says how its process must end.
	Run func(ctx context.Context, in io.Reader, out io.Writer) error
	// Alone: it only makes sense as a process of its own.
	Alone bool
}

// End is how the process of a made server ends. In memory it is only told.
type End struct {
	Code int
	// Killed: by a signal; Panicked: by a panic.
	Killed, Panicked bool
}

func (e End) Error() string {
	return fmt.Sprintf("end with code %d (killed %t, panicked %t)", e.Code, e.Killed, e.Panicked)
}

// wire is a made server's side of a stream.
type wire struct {
	in  *bufio.Reader
	out io.Writer
}

// write writes one frame as a line; "" is none.
func (w *wire) write(frame string) error {
	if frame == "" {
		return nil
	}
	_, err := io.WriteString(w.out, frame+"\n")
	return err
}

// close ends the output. In memory both directions end with it.
func (w *wire) close() error {
	c, ok := w.out.(io.Closer)
	if !ok {
		return errors.New("the output cannot be closed")
	}
	return c.Close()
}

// handler does what is a row's own with a message.
type handler func(ctx context.Context, w *wire, r request) error

// onCall is a sound server whose calls are handled by h.
func onCall(h handler) func(context.Context, io.Reader, io.Writer) error {
	return onMessage(calls(h))
}

// calls hands calls to h and answers the rest rightly.
func calls(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method == "tools/call" && r.id != "" {
			return h(ctx, w, r)
		}
		return w.write(answer(r))
	}
}

// onMessage is a server that complains rightly of what is no message, and whose
// messages are handled by h.
func onMessage(h handler) func(context.Context, io.Reader, io.Writer) error {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		return eachLine(in, out, func(w *wire, line []byte) error { return w.serve(ctx, line, h) })
	}
}

// eachLine hands on each line of a stream until it ends.
func eachLine(in io.Reader, out io.Writer, do func(w *wire, line []byte) error) error {
	w := &wire{in: bufio.NewReaderSize(in, 64<<10), out: out}
	for {
		line, err := w.in.ReadBytes('\n')
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
			return nil
		}
		if err == nil {
			err = do(w, bytes.TrimSpace(line))
		}
		if err != nil {
			return err
		}
	}
}

// serve answers one frame.
func (w *wire) serve(ctx context.Context, line []byte, h handler) error {
	r, complaint := read(line)
	if complaint != "" {
		return w.write(complaint)
	}
	return h(ctx, w, r)
}

// live does nothing more and lives.
func live(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
