package made

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// single is a listener of one connection.
type single chan net.Conn

func (s single) Accept() (net.Conn, error) {
	select {
	case conn := <-s:
		return conn, nil
	default:
		return nil, net.ErrClosed
	}
}

func (s single) Close() error   { return nil }
func (s single) Addr() net.Addr { return nil }

func TestWhatIsLeftAloneEndsWithTheListener(t *testing.T) {
	near, far := net.Pipe()
	l := make(single, 1)
	l <- far
	door := counted(false, func(net.Conn) {})(l, 0)
	if conn, err := door.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("%v, %v", conn, err)
	}
	if err := door.Close(); err != nil {
		t.Fatal(err)
	}
	const enough = time.Second
	_ = near.SetReadDeadline(time.Now().Add(enough))
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestPagesOfThisMachineAreNotFromAfar(t *testing.T) {
	for origin, want := range map[string]bool{
		"": false, "http://localhost": false, "http://localhost:8080": false, "http://127.0.0.1:8080": false, "http://[::1]:8080": false,
		"null": true, "http://evil.example": true, "http://localhost.evil.example": true, "http://192.0.2.1": true, "http://%": true,
	} {
		req := &http.Request{Header: http.Header{"Origin": {origin}}}
		if got := fromAfar(req); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
}
