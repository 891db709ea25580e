package transport

import (
	"errors"
	"io"
	"syscall"
)

// IsRefused reports whether nothing listened: the port refused, or there was no such
// socket.
func IsRefused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT)
}

// IsReset reports whether the peer ended the connection under a message.
func IsReset(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
