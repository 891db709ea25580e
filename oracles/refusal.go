package oracles

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
)

// Refusal is how a server turns away what it could have served: for how often it was
// asked, or how much it has to do. The zero Refusal says nothing of that.
type Refusal struct {
	// Status is that of the response, 0 for none. Retry says that it tells in a form that
	// can be read when to come again.
	Status int
	Retry  bool
	// After is how long that is.
	After time.Duration
	// Overload: an error says that there is too much to do.
	Overload bool
}

// IsBusy reports whether the status alone says so.
func (r Refusal) IsBusy() bool {
	return r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable
}

// IsClean reports whether a client can tell from it that the same call may be made
// again later: by a status and when, or by an error that says so.
func (r Refusal) IsClean() bool { return r.IsBusy() && r.Retry || r.Overload }

// The codes that servers may give meanings of their own to (JSON-RPC 2.0, section 5.1);
// some of them have one in MCP already.
const (
	lowestServerCode  = -32019
	highestServerCode = -32000
)

// overloadWords are parts of messages that say that there is too much to do.
var overloadWords = []string{"busy", "overload", "too many", "rate limit", "limit exceeded", "capacity", "throttl", "try again", "retry"}

// IsOverload reports whether a JSON-RPC error says that there is too much to do.
func IsOverload(code int64, message []byte) bool {
	return code >= lowestServerCode && code <= highestServerCode && code != codeNoResource && tellsOfOverload(message)
}

// tellsOfOverload reports whether the start of a text says so. It needs no memory of its
// own: it is asked for every error of a load.
func tellsOfOverload(text []byte) bool {
	const most = 256
	var low [most]byte
	n := copy(low[:], text)
	for i, c := range low[:n] {
		if 'A' <= c && c <= 'Z' {
			low[i] = c | 0x20
		}
	}
	return slices.ContainsFunc(overloadWords, func(w string) bool { return bytes.Contains(low[:n], []byte(w)) })
}

// ReadRetryAfter reads the value of a Retry-After, seconds or a date (RFC 9110, section
// 10.2.3), as how long it is from now.
func ReadRetryAfter(value string, now time.Time) (after time.Duration, ok bool) {
	const most = 365 * 24 * time.Hour
	seconds, err := strconv.Atoi(value)
	if err == nil {
		return time.Duration(min(max(seconds, 0), int(most/time.Second))) * time.Second, seconds >= 0
	}
	date, err := http.ParseTime(value)
	return max(date.Sub(now), 0), err == nil
}

// RefusalOf reads what came for a frame as a refusal. What a tool itself says of too much
// to do is one, too: models read that. Now is when it came, for what is told as a date by a
// server that does not tell its own time.
func RefusalOf(s Seen, now time.Time) Refusal {
	a, ok := s.answer()
	if !ok {
		return Refusal{}
	}
	reply := a.Reply.First()
	r := Refusal{Status: a.Frame.Status}
	if told, err := http.ParseTime(a.Frame.Header.Get("Date")); err == nil {
		now = told
	}
	r.After, r.Retry = ReadRetryAfter(a.Frame.Header.Get("Retry-After"), now)
	switch {
	case reply.Kind == protocol.Error:
		r.Overload = IsOverload(reply.Code, []byte(reply.Message))
	case reply.IsError:
		r.Overload = tellsOfOverload([]byte(reply.Text))
	}
	return r
}
