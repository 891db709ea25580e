package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// seen is a frame in words.
func seen(f Frame) string {
	s := fmt.Sprintf("%q", f.Bytes)
	if f.Cut {
		s += fmt.Sprintf(" of %d ..%q", f.Size, f.Tail)
	}
	if f.Torn {
		s += " torn"
	}
	if f.Last {
		s += " last"
	}
	if f.Err != nil {
		s += " " + f.Err.Error()
	}
	return s
}

// readers give the same bytes in different pieces.
func readers(s string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole": strings.NewReader(s), "bytes": iotest.OneByteReader(strings.NewReader(s)),
		"with the end": iotest.DataErrReader(strings.NewReader(s)),
	}
}

func TestLines(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []string
		torn     string
	}{
		{"nothing", "", nil, ""},
		{"lines", "a\nbb\n", []string{`"a"`, `"bb"`}, ""},
		{"empty lines", "\n\na\n", []string{`""`, `""`, `"a"`}, ""},
		{"a carriage return is a byte", "a\r\n", []string{`"a\r"`}, ""},
		{"torn", "a\n{\"id\"", []string{`"a"`}, `{"id"`},
		{"at the limit", "12345678\n", []string{`"12345678"`}, ""},
		{"beyond the limit", "123456789\nnext\n", []string{`"12345678" of 9 .."123456789"`, `"next"`}, ""},
		{"torn beyond the limit", "1234567890", nil, "12345678"},
	} {
		for how, r := range readers(tc.in) {
			t.Run(tc.name+"/"+how, func(t *testing.T) {
				var got []string
				torn := readLines(r, 8, func(f Frame) {
					if f.Of != -1 || f.At.IsZero() {
						t.Errorf("of send %d, at %v", f.Of, f.At)
					}
					got = append(got, seen(f))
				})
				if !slices.Equal(got, tc.want) || string(torn) != tc.torn {
					t.Errorf("got %q and %q torn, want %q and %q", got, torn, tc.want, tc.torn)
				}
			})
		}
	}
}

func TestBothEndsOfALongLineAreKept(t *testing.T) {
	const limit = 1 << 20
	for _, size := range []int{limit + 1, limit + 300, 5 << 20} {
		line := strings.Repeat("A", size-600) + strings.Repeat("B", 500) + strings.Repeat("C", 100)
		var f Frame
		readLines(strings.NewReader("head"+line+"\n"), limit, func(got Frame) { f = got })
		if !f.Cut || f.Size != int64(size+4) || len(f.Bytes) != headSize || string(f.Bytes[:5]) != "headA" {
			t.Errorf("size %d: kept %d bytes of %d, cut %t: %.20q", size, len(f.Bytes), f.Size, f.Cut, f.Bytes)
		}
		if want := strings.Repeat("B", tailSize-100) + strings.Repeat("C", 100); string(f.Tail) != want {
			t.Errorf("size %d: the tail is %.20q.. (%d)", size, f.Tail, len(f.Tail))
		}
	}
}

func TestEvents(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", []string{`"" last`}},
		{"one", "data: a\n\n", []string{`"a"`, `"" last`}},
		{"without the blank", "data:a\n\n", []string{`"a"`, `"" last`}},
		{"one blank is taken off", "data:  a\n\n", []string{`" a"`, `"" last`}},
		{"two", "data: a\n\ndata: b\n\n", []string{`"a"`, `"b"`, `"" last`}},
		{"several lines", "data: a\ndata: b\n\n", []string{`"a\nb"`, `"" last`}},
		{"carriage returns", "event: message\r\ndata: a\r\ndata: b\r\n\r\n", []string{`"a\nb"`, `"" last`}},
		{"comments", ": hi\n\n:\ndata: a\n: between\ndata: b\n\n", []string{`"a\nb"`, `"" last`}},
		{"other fields", "id: 1\nevent: message\nretry: 10\nunknown\ndata: a\n\n", []string{`"a"`, `"" last`}},
		{"a field that starts alike", "database: a\n\n", []string{`"" last`}},
		{"no data", "event: ping\n\n", []string{`"" last`}},
		{"many blank lines", "\n\n\ndata: a\n\n\n\n", []string{`"a"`, `"" last`}},
		{"cut off by the end", "data: a\n\ndata: {\"id\":", []string{`"a"`, `"{\"id\":" torn`, `"" last`}},
		{"cut off before its blank line", "data: a\n", []string{`"a" torn`, `"" last`}},
		{"beyond the limit", "data: 123456789\n\ndata: b\n\n", []string{`"12345678" of 9 .."123456789"`, `"b"`, `"" last`}},
	} {
		for how, r := range readers(tc.in) {
			t.Run(tc.name+"/"+how, func(t *testing.T) {
				var got []string
				readEvents(r, 8, func(_ string, f Frame) { got = append(got, seen(f)) })
				if !slices.Equal(got, tc.want) {
					t.Errorf("got %q, want %q", got, tc.want)
				}
			})
		}
	}
}

func TestLongEventLinesAreOneLine(t *testing.T) {
	// Longer than the reader's buffer, so that they come in parts.
	long := strings.Repeat("data: x", 30_000)
	var got []string
	readEvents(strings.NewReader(": "+long+"\ndata: "+long+"\ndata: end\n\n"), 1<<20, func(_ string, f Frame) { got = append(got, string(f.Bytes)) })
	if want := []string{long + "\nend", ""}; !slices.Equal(got, want) {
		t.Errorf("got %d frames, the first %d bytes long, want %d", len(got), len(got[0]), len(want[0]))
	}
}

func TestEventsThatBreakOff(t *testing.T) {
	broken := errors.New("broken")
	var got []string
	readEvents(io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(broken)), 8, func(_ string, f Frame) { got = append(got, seen(f)) })
	if want := []string{`"a"`, `"b" torn`, `"" last broken`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBodyFrames(t *testing.T) {
	for _, tc := range []struct {
		kind, body string
		want       []string
	}{
		{"application/json", "data: a\n\n", []string{`"data: a\n\n" last`}},
		{"", "x", []string{`"x" last`}},
		{"text/event-stream; charset=utf-8", "data: a\n\ndata: b\n\n", []string{`"a"`, `"b"`, `"" last`}},
	} {
		var got []string
		for _, f := range BodyFrames(http.Header{"Content-Type": {tc.kind}}, []byte(tc.body)) {
			got = append(got, seen(f))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.kind, got, tc.want)
		}
	}
}

// frame is one of a send with so many bytes.
func frame(of, size int) Frame { return Frame{Of: of, Bytes: make([]byte, size), Size: int64(size)} }

func TestQueueIsBoundedAndCountsWhatIsLost(t *testing.T) {
	q := newQueue(3 * (100 + frameCost))
	for range 1000 {
		q.put(frame(-1, 100))
	}
	q.end()
	kept, lost, size := 0, 0, int64(0)
	for {
		f, err := q.get(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		size += f.Size
		lost += f.Lost
		if f.Lost == 0 {
			kept++
		} else if !f.Cut || f.Bytes != nil {
			t.Errorf("lost frames hold %d bytes, cut %t", len(f.Bytes), f.Cut)
		}
	}
	if kept != 3 || lost != 997 || size != 100_000 {
		t.Errorf("%d kept, %d lost, %d bytes in all; want 3, 997 and 100000", kept, lost, size)
	}
}

func TestQueueTakesAgainWhatIsReceived(t *testing.T) {
	q := newQueue(100 + frameCost)
	for i := range 100 {
		q.put(frame(i, 100))
		if f, err := q.get(t.Context()); err != nil || f.Of != i || f.Lost > 0 {
			t.Fatalf("frame %d: %+v, %v", i, f, err)
		}
	}
}

func TestQueueKeepsTheEndOfEveryResponse(t *testing.T) {
	q := newQueue(100 + frameCost)
	q.put(frame(0, 100))
	q.put(frame(1, 100))
	q.put(frame(1, 100))
	q.put(frame(2, 100))
	answer := frame(3, 100)
	answer.Last, answer.Status = true, http.StatusOK
	q.put(answer)
	q.put(Frame{Of: 4, Last: true, Status: http.StatusAccepted})
	var got []string
	for range 5 {
		f, err := q.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d: %d of %d, %d lost, last %t, %d", f.Of, len(f.Bytes), f.Size, f.Lost, f.Last, f.Status))
	}
	want := []string{
		"0: 100 of 100, 0 lost, last false, 0", "1: 0 of 200, 2 lost, last false, 0", "2: 0 of 100, 1 lost, last false, 0",
		"3: 0 of 100, 1 lost, last true, 200", "4: 0 of 0, 0 lost, last true, 202",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if q.bytes != 0 {
		t.Errorf("an empty queue counts %d bytes", q.bytes)
	}
}

func TestQueueEnds(t *testing.T) {
	q := newQueue(1000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	q.put(frame(0, 1))
	q.end()
	if f, err := q.get(ctx); err != nil || f.Of != 0 {
		t.Errorf("what came before the end is %+v, %v", f, err)
	}
	for range 2 {
		if _, err := q.get(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want the end", err)
		}
	}
}

func TestRingKeepsTheEnd(t *testing.T) {
	r := &ring{keep: 5}
	for _, s := range []string{"abc", "defg", "", "h"} {
		if n, err := io.WriteString(r, s); n != len(s) || err != nil {
			t.Fatalf("wrote %d of %q: %v", n, s, err)
		}
	}
	if got := string(r.take()); got != "defgh" {
		t.Errorf("kept %q", got)
	}
	if got := r.take(); len(got) > 0 {
		t.Errorf("kept %q, which was taken", got)
	}
	r.drain(strings.NewReader("0123456789"))
	if got := string(r.take()); got != "56789" {
		t.Errorf("kept %q", got)
	}
}
