package transport

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Message is one thing to put on the wire, exactly.
type Message struct {
	// Body writes the bytes. It may be written more than once (a retry, a
	// finding's excerpt), must write the same bytes each time, and may stream.
	Body io.WriterTo
	// Size is the number of bytes Body writes, or -1 when unknown.
	Size int64
	// End follows the body on stream transports (stdio, in memory); "\n" for a
	// whole line, "" for half a frame. HTTP ignores it.
	End string
	// Verb and Header are for HTTP only. Verb "" is POST; over HTTP+SSE GET asks for one
	// more event stream, of which no more is read than its head. A header whose value
	// list is empty (present key, nil slice) removes a default.
	Verb   string
	Header http.Header
	// Query, for HTTP only, is added to that of the URL.
	Query string
	// URL, for HTTP only, is asked in the place of the connection's, and must be of the
	// same origin; "" for that one.
	URL string
	// Abandon, of HTTP too, closes the connection that the message is sent on once it
	// is closed, unless the response is over by then; nil for never.
	Abandon <-chan struct{}
}

// Sent tells what became of one Message of a Send.
type Sent struct {
	// Start and End bracket the write; on HTTP End is when the request was
	// written. The zero End means it was never wholly written.
	Start, End time.Time
	// Stalled: the peer did not take the bytes before the deadline.
	Stalled bool
	// Err is why it was not wholly written; nil when it was.
	Err error
}

// Frame is one thing that came back: a line on a stream, a body or one event
// of an event stream on HTTP.
type Frame struct {
	// Of is the send that carried it on HTTP, counted over the life of the
	// Conn from 0; -1 on streams, event streams of HTTP+SSE included, where only
	// ids correlate.
	Of int
	// Bytes are the frame without its end, and Size is their number. Of a frame
	// beyond the limit of the target only the start is kept; then Cut is set
	// and Tail is its end, at most 512 bytes.
	Bytes []byte
	Size  int64
	Cut   bool
	Tail  []byte
	// Lost is how many frames this entry stands for that came faster than they
	// were received; nothing but their size is known.
	Lost int
	// Torn: the body ended before the frame did (HTTP only).
	Torn bool
	// Status and Header belong to HTTP; Status 0 means no response came.
	Status int
	Header http.Header
	// Last: nothing more will come for this send (HTTP only). A response
	// without a body is one Frame with Last set and no Bytes. The head of an event
	// stream that was asked for by GET is one without Bytes that is not the last.
	Last bool
	// Resume, of a Last frame, is the id of the last event of a stream that ended
	// between two events: the rest may be asked for with it, after Retry.
	Resume string
	Retry  time.Duration
	// Err tells why a response ended early: reset, refused, time-out.
	Err error
	// At is when the last byte was read.
	At time.Time
}

// Phase says how a Conn stands.
type Phase uint8

// The phases. Closed means that the stream has ended and the process has not
// (or cannot be seen); Exited that the process is gone; Refused that nothing
// listens.
const (
	PhaseUnset Phase = iota
	Open
	Closed
	Exited
	Refused
)

// State is a Conn's state and that of the process behind it.
type State struct {
	Phase Phase
	// Exit is set when the process that we started is gone.
	Exit *Exit
	// HeldOpen: the process is gone but something still holds its pipes.
	HeldOpen bool
	// Torn holds the bytes after the last newline when the stream ended.
	Torn []byte
	// Reason is why an in-memory server returned, nil if it did cleanly.
	Reason error
}

// Exit is how a process ended.
type Exit struct {
	Code int
	// Signal is the name of the signal that ended it ("killed"), or "".
	Signal string
	// OverMemory: it was ended by us for passing the memory limit.
	OverMemory bool
}

// ClosedReport is the report of Close.
type ClosedReport struct {
	// Took is how long the process needed after its input was closed.
	Took time.Duration
	// Step is what was needed: "eof", "term" or "kill"; "" without a process.
	Step string
	Exit *Exit
}

// Sample is what a target's process, and what it has started, use at one moment: RSS is
// that of the largest of them, since they may share their pages; the others are sums.
type Sample struct {
	RSS     int64
	CPU     time.Duration
	Files   int
	Threads int
}

// Conn is one connection to a server: a child's pipes, an HTTP client with its
// connections, a pipe in memory.
//
// Send and Recv may be called from different goroutines at once, and State and
// Close at any time; two Sends, or two Recvs, may not overlap.
type Conn interface {
	// Send puts the messages out as one act: on streams one write, on HTTP all
	// at once on as many connections. It returns when all are written, or the
	// context ends, or the peer is gone; the error repeats the first Sent.Err.
	Send(ctx context.Context, ms ...Message) ([]Sent, error)
	// Recv returns the next frame, in the order of arrival. It returns io.EOF
	// when the stream has ended (or the Conn was closed) and all frames were
	// received, and the context's error when that ends first.
	Recv(ctx context.Context) (Frame, error)
	// Address is the URL that it leads to, its port included; "" where it leads to none.
	Address() string
	// State tells how the connection and its process stand now.
	State() State
	// Peak is the most resident memory that the process which was started for it, or
	// the largest that this has started, has held so far, in bytes; where the system
	// does not tell, what it holds now; 0 where there is none, or it cannot be seen.
	Peak(ctx context.Context) int64
	// CPU is the processor time that the process which was started for it, and what this
	// has started, have used so far; 0 where there is none, or it cannot be seen.
	CPU(ctx context.Context) time.Duration
	// Written is how many bytes the peer has taken so far on a stream; 0 on HTTP.
	Written() int64
	// Stderr returns the kept tail of standard error since the last call.
	Stderr() []byte
	// DropIdle closes the connections of an HTTP client on which nothing is under way;
	// what is sent next opens others. Elsewhere there are none.
	DropIdle()
	// Close ends the connection and whatever was started for it, politely
	// first.
	Close() ClosedReport
	// Kill does the same at once; nobody is waited for.
	Kill()
}

// Target is a server under test and how to reach it. It is safe for concurrent
// use.
type Target interface {
	// Dial gives a new connection: a new process for a command, a new server
	// in memory, a new client for a URL.
	Dial(ctx context.Context) (Conn, error)
	// Sample measures the process of the newest Conn; errors when there is none.
	Sample(ctx context.Context) (Sample, error)
	// Kind says what a Dial gives.
	Kind() Kind
	// String names the target, safe to print: no credentials.
	String() string
}

// Kind says how far a new Conn is from the old one.
type Kind struct {
	// HTTP: verbs, headers and status exist and frames carry their send.
	HTTP bool
	// Stream, of HTTP: answers come on one event stream, where only ids correlate
	// (HTTP+SSE). A frame that carries its send tells how that was received: a
	// status of success, without bytes, that it was taken.
	Stream bool
	// Fresh: each Dial starts a new process or server, so what one case did is
	// gone for the next. A URL that we did not start is not fresh.
	Fresh bool
	// Exclusive: only one Conn may exist at a time (a started server that
	// listens on a fixed address).
	Exclusive bool
	// InProcess: the server runs in our own process; its panic is ours.
	InProcess bool
}
