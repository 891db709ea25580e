package made

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Servers returns the made servers over a stream, the sound one first.
func Servers() []Server {
	return []Server{
		{Name: "sound", Doc: "Answers rightly and takes nothing that it should not.", Run: onCall(sound)},
		{Name: "slow", Doc: "Answers byte by byte.", Run: onCall(slow)},
		{Name: "unordered", Doc: "Answers the calls that came together in the reverse order.", Run: onCall(unordered)},
		{Name: "asks", Doc: "Asks its client two things before it answers, and answers what it was told.", Run: onCall(asks)},
		{Name: "rejects-all", Doc: "Refuses every call, properly, with -32602.", Run: onCall(rejects)},
		{Name: "faults-all", Doc: "Answers every call with -32603 and a stack trace.", Run: onCall(faults)},
		{Name: "exits", Doc: "Ends with exit code 7 on a call.", Run: onCall(ends(End{Code: 7}))},
		{Name: "killed", Doc: "Is ended by a signal on a call.", Run: onCall(ends(End{Killed: true}))},
		{Name: "panics", Doc: "Panics on a call.", Run: onCall(ends(End{Panicked: true}))},
		{Name: "answers-and-exits", Doc: "Answers a call and ends with exit code 7.", Run: onCall(answersAndExits)},
		{Name: "silent", Doc: "Never answers a call, and goes on.", Run: onCall(silent)},
		{Name: "hangs", Doc: "Does nothing more after a call, and lives.", Run: onCall(hangs)},
		{Name: "stalls", Doc: "Reads nothing more after the start of a long line, and lives.", Run: stalls},
		{Name: "floods", Doc: "Writes log lines to its output for ever after a call.", Run: onCall(floods)},
		{Name: "huge", Doc: "Answers a call with 1 GiB in one line.", Run: onCall(huge)},
		{Name: "foreign-id", Doc: "Answers a call under an id that nobody sent.", Run: onCall(foreignID)},
		{Name: "answers-twice", Doc: "Answers a call twice.", Run: onCall(twice)},
		{Name: "noisy", Doc: "Writes a log line to its output before it answers a call.", Run: onCall(noisy)},
		{Name: "closes", Doc: "Closes its output on a call, and lives.", Run: onCall(closes)},
		{Name: "tears", Doc: "Closes its output in the middle of an answer, and lives.", Run: onCall(tears)},
		{Name: "tears-and-exits", Doc: "Ends with exit code 7 in the middle of an answer.", Run: onCall(tearsAndExits)},
		{Name: "leaves-a-child", Doc: "Ends on a call, and a child of it holds its output open.", Run: onCall(leavesAChild), Alone: true},
		{Name: "eats", Doc: "Takes 1 GiB of memory on a call.", Run: onCall(eats), Alone: true},
		{Name: "deaf", Doc: "Reads nothing and writes nothing, from the start.", Run: deaf},
	}
}

func sound(_ context.Context, w *wire, r request) error { return w.write(answer(r)) }
func silent(context.Context, *wire, request) error      { return nil }
func hangs(ctx context.Context, _ *wire, _ request) error {
	return live(ctx)
}
func deaf(ctx context.Context, _ io.Reader, _ io.Writer) error { return live(ctx) }

func ends(e End) handler {
	return func(context.Context, *wire, request) error { return e }
}

func rejects(_ context.Context, w *wire, r request) error {
	return w.write(failure(r.id, codeParams, "this call is not possible; no argument makes it so"))
}

func faults(_ context.Context, w *wire, r request) error {
	return w.write(failure(r.id, codeInternal, "goroutine 1 [running]:\nmain.handle(0x0)\n\t/srv/app/main.go:42 +0x1d"))
}

func answersAndExits(_ context.Context, w *wire, r request) error {
	return errors.Join(w.write(answer(r)), End{Code: 7})
}

func foreignID(_ context.Context, w *wire, r request) error {
	r.id = `"nobody-sent-this"`
	return w.write(answer(r))
}

func twice(_ context.Context, w *wire, r request) error {
	return errors.Join(w.write(answer(r)), w.write(answer(r)))
}

func noisy(_ context.Context, w *wire, r request) error {
	return errors.Join(w.write("2026-01-01 INFO a call came"), w.write(answer(r)))
}

func slow(_ context.Context, w *wire, r request) error {
	for _, b := range []byte(answer(r) + "\n") {
		if _, err := w.out.Write([]byte{b}); err != nil {
			return err
		}
	}
	return nil
}

// unordered takes every call whose bytes have come, and answers the last first.
func unordered(_ context.Context, w *wire, r request) error {
	lines := []string{answer(r)}
	for w.in.Buffered() > 0 {
		line, err := w.in.ReadBytes('\n')
		if err != nil {
			return err
		}
		if next, complaint := read(bytes.TrimSpace(line)); complaint == "" {
			lines = append(lines, answer(next))
		}
	}
	slices.Reverse(lines)
	return w.write(strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n"))
}

func asks(_ context.Context, w *wire, r request) error {
	var told []string
	for _, q := range []string{`"id":"q1","method":"ping"`, `"id":"q2","method":"roots/list"`} {
		if err := w.write(`{"jsonrpc":"2.0",` + q + `}`); err != nil {
			return err
		}
		line, err := w.in.ReadString('\n')
		if err != nil {
			return err
		}
		told = append(told, strings.TrimSpace(line))
	}
	return w.write(said(r.id, strings.Join(told, "\n"), false))
}

// stalls is sound until a line does not fit its buffer.
func stalls(ctx context.Context, in io.Reader, out io.Writer) error {
	w := &wire{in: bufio.NewReaderSize(in, 64<<10), out: out}
	for {
		line, err := w.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return live(ctx)
		case err != nil:
			return nil
		}
		if err := w.serve(ctx, bytes.TrimSpace(line), calls(sound)); err != nil {
			return err
		}
	}
}

func floods(ctx context.Context, w *wire, _ request) error {
	lines := bytes.Repeat([]byte("2026-01-01 DEBUG still here, nothing to do\n"), 1000)
	for ctx.Err() == nil {
		if _, err := w.out.Write(lines); err != nil {
			return nil
		}
	}
	return nil
}

// hugeSize is the size of the text that a huge answer holds.
const hugeSize = 1 << 30

func huge(_ context.Context, w *wire, r request) error {
	return writeHuge(w.out, r.id)
}

func writeHuge(out io.Writer, id string) error {
	head, tail, _ := strings.Cut(said(id, "TEXT", false), "TEXT")
	if _, err := io.WriteString(out, head); err != nil {
		return err
	}
	chunk := bytes.Repeat([]byte("A"), 1<<16)
	for range hugeSize / len(chunk) {
		if _, err := out.Write(chunk); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, tail+"\n")
	return err
}

func closes(ctx context.Context, w *wire, _ request) error {
	return errors.Join(w.close(), live(ctx))
}

// half writes the first half of an answer.
func half(w *wire, r request) error {
	a := answer(r)
	_, err := io.WriteString(w.out, a[:len(a)/2])
	return err
}

func tears(ctx context.Context, w *wire, r request) error {
	return errors.Join(half(w, r), w.close(), live(ctx))
}

func tearsAndExits(_ context.Context, w *wire, r request) error {
	return errors.Join(half(w, r), End{Code: 7})
}

func leavesAChild(context.Context, *wire, request) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self)
	child.Env, child.Stdout = append(os.Environ(), Env("deaf")), os.Stdout
	return errors.Join(child.Start(), End{Code: 7})
}

func eats(ctx context.Context, _ *wire, _ request) error {
	const most = 1 << 30
	var eaten [][]byte
	for size := 0; size < most; size += 1 << 20 {
		// Bytes that are not zero: pages that are not written to are not used.
		eaten = append(eaten, bytes.Repeat([]byte("A"), 1<<20))
	}
	return errors.Join(live(ctx), errors.New(string(eaten[0][:1])))
}
