package loadgen

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// connected are the two ends of a connection of the system's own, the first made quick.
func connected(t *testing.T) (quick, peer net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close(); peer.Close() })
	return quicken(dialled), peer
}

// More than the system's buffers hold goes both ways at once, whole and in order.
func TestQuickCarriesWhatDoesNotFitAtOnce(t *testing.T) {
	q, peer := connected(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	go func() {
		_, _ = io.CopyN(peer, peer, int64(len(sent)))
		_ = peer.(*net.TCPConn).CloseWrite()
	}()
	go func() {
		if n, err := q.Write(sent); n != len(sent) || err != nil {
			t.Errorf("%d bytes of %d are written: %v", n, len(sent), err)
		}
	}()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(q, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("what comes back is not what was sent: %v", err)
	}
	if n, err := q.Read(got); n != 0 || err != io.EOF {
		t.Errorf("behind the end %d bytes are read: %v", n, err)
	}
}

// A read is given up when it is told to be, and after the end of the connection both fail.
func TestQuickEnds(t *testing.T) {
	q, peer := connected(t)
	_ = q.SetReadDeadline(time.Unix(1, 0))
	if n, err := q.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes are read past the deadline: %v", n, err)
	}
	_ = q.SetReadDeadline(time.Time{})
	_ = peer.(*net.TCPConn).SetLinger(0)
	peer.Close()
	if n, err := q.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("%d bytes are read from a connection that was reset: %v", n, err)
	}
	if n, err := q.Write(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d bytes are written to a connection that was reset: %v", n, err)
	}
	q.Close()
	if _, err := q.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("what was closed is read: %v", err)
	}
}
