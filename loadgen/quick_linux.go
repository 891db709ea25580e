//go:build !race

package loadgen

import (
	"io"
	"net"
	"syscall"
	"unsafe"
)

// quick is a connection of the system's own whose reads and writes the scheduler of the
// runtime is not told of: they cannot block, and its readiness for those that could costs
// more than a tenth of the CPU time of a call. (The race detector must be told, so there it
// is not used.) One goroutine may read while another writes.
type quick struct {
	net.Conn
	in, out transfer
}

// transfer is how a connection reads, or writes, and what is left of the bytes at hand.
type transfer struct {
	// await tries until it is told that there is nothing to wait for; call is the number of
	// the system call.
	await func(try func(fd uintptr) bool) error
	try   func(fd uintptr) bool
	call  uintptr
	left  []byte
	done  int
	err   syscall.Errno
}

// quicken makes reads and writes of a connection quick, if it is one of the system's own.
func quicken(c net.Conn) net.Conn {
	system, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return c
	}
	q := &quick{
		Conn: c,
		in:   transfer{await: raw.Read, call: syscall.SYS_READ},
		out:  transfer{await: raw.Write, call: syscall.SYS_WRITE},
	}
	q.in.try, q.out.try = q.in.once, q.out.whole
	return q
}

// once makes the call, and reports whether it did not have to wait.
func (t *transfer) once(fd uintptr) bool {
	for {
		n, _, err := syscall.RawSyscall(t.call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(t.left))), uintptr(len(t.left)))
		switch err {
		case 0:
			t.done, t.left = t.done+int(n), t.left[n:]
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return false
		}
		t.err = err
		return true
	}
}

// whole makes the call until nothing is left.
func (t *transfer) whole(fd uintptr) bool {
	for len(t.left) > 0 && t.err == 0 {
		if !t.once(fd) {
			return false
		}
	}
	return true
}

// run reads into these bytes, or writes them.
func (t *transfer) run(b []byte) (int, error) {
	t.left, t.done, t.err = b, 0, 0
	err := t.await(t.try)
	t.left = nil
	if err == nil && t.err != 0 {
		err = t.err
	}
	return t.done, err
}

func (q *quick) Read(b []byte) (int, error) {
	n, err := q.in.run(b)
	if n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return n, err
}

func (q *quick) Write(b []byte) (int, error) { return q.out.run(b) }
