package execute

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
)

// Settings is what all sessions of a run share. It is immutable but for IDs.
type Settings struct {
	// Revision is the one to speak.
	Revision protocol.Revision
	// Headers are sent with every HTTP request ("Name: value").
	Headers []string
	// Mirrors are the arguments that headers must repeat, by tool.
	Mirrors map[string][]protocol.Mirror
	// Deadline bounds each answer, with more for large frames and for bursts that
	// are under way; Probe bounds each sign of life.
	Deadline, Probe time.Duration
	// Opening bounds what opens a session, where it is more than Deadline: servers
	// that start need their time.
	Opening time.Duration
	// IDs counts the request ids of the run.
	IDs *IDs
	// Identities are the clients that may be named; nil for none.
	Identities *identity.Ring
}

// The deadlines where none are given or measured (a sign of life is
// asked for twice before a server is called hung).
const (
	DefaultDeadline = 5 * time.Second
	DefaultProbe    = 2 * time.Second
	probes          = 2
	maxOvertime     = 25 * time.Second
)

// IDs hands out request ids that are unique over a run, integers and strings
// in turn, and the numbers of the plays. It is safe for concurrent use.
type IDs struct {
	n     atomic.Int64
	plays atomic.Uint64
}

// play returns a number that no other play of the run has.
func (i *IDs) play() uint64 { return i.plays.Add(1) }

// Next returns the raw JSON text of the next id.
func (i *IDs) Next() string {
	n := i.n.Add(1)
	if n%2 == 0 {
		return strconv.FormatInt(n, 10)
	}
	return `"m` + strconv.FormatInt(n, 10) + `"`
}
