package loadgen_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// A server that dies under a load is told to the end: what was served before, and that nobody
// listens after.
func TestAServerThatDies(t *testing.T) {
	const lives = 20
	var calls atomic.Int64
	var web *httptest.Server
	web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if calls.Add(1) > lives {
			web.Config.Close()
			return
		}
		sendJSON(w, result(string(messageOf(body).ID)))
	}))
	defer web.Close()
	r := run(t, closed(web.URL, 2, 2*lives))
	got := ends(r)
	// The last may die with the others that are under way.
	if got["ok"] > lives || got["ok"] < lives-1 || got["refused"] < lives-2 || got["ok"]+got["reset"]+got["refused"] != 2*lives {
		t.Errorf("the calls ended %v, want %d ok, and most of the rest refused", got, lives)
	}
	if r.Problem == "" {
		t.Error("nothing is said of the first that was not served")
	}
}

// One that resets each connection answers nothing, whenever the client notices.
func TestAServerThatResets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	r := run(t, closed("http://"+l.Addr().String(), 2, 20))
	// Of some it resets even the handshake of TCP.
	if got := ends(r); got["reset"] == 0 || got["reset"]+got["refused"] != 20 || r.Response.Max() > 5*time.Second {
		t.Errorf("the calls ended %v after at most %v, want 20 reset at once", got, r.Response.Max())
	}
}

const gibibyte = 1 << 30

// sendMuch writes so many bytes that are no line, or as many as somebody takes.
func sendMuch(w io.Writer, left int64, piece []byte) {
	for ; left > 0; left -= int64(len(piece)) {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

// An answer of 1 GiB is given up in time and takes little memory.
func TestAnswersOfAGibibyte(t *testing.T) {
	piece := bytes.Repeat([]byte("A"), 64<<10)
	url, _ := counted(t, func(w http.ResponseWriter, _ string, _ int64) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1073741824")
		sendMuch(w, gibibyte, piece)
	})
	overHTTP := closed(url, 2, 4)
	overStream := onStream(t, "sound", func(rwc io.ReadWriteCloser) io.ReadWriter { return talkative{rwc, piece} })
	overStream.Plan.MaxCalls = 4
	for name, load := range map[string]loadgen.Config{"HTTP": overHTTP, "a stream": overStream} {
		load.Deadline, load.Timeout = 25*time.Millisecond, 50*time.Millisecond
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		check(t, run(t, load), map[string]int{"timeout": 4, "dropped": 4})
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 128 {
			t.Errorf("over %s 4 answers of 1 GiB take %d MiB", name, took)
		}
	}
}

// talkative answers calls with a line of 1 GiB.
type talkative struct {
	io.ReadWriter
	piece []byte
}

func (s talkative) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(`"content"`)) {
		sendMuch(s.ReadWriter, gibibyte, s.piece)
	}
	return s.ReadWriter.Write(b)
}
