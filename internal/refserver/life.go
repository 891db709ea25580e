package refserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

// inOrder holds the requests of a session to their order. Without the guard of the
// handshake they are served before it, and refused after a second one.
func (l *line) inOrder(v verdict) verdict {
	l.used = l.used || v.method != "initialize" && v.method != "ping" && v.method != "server/discover"
	switch {
	case v.method == "initialize":
		l.lost = l.opened && l.off["handshake"]
		l.opened = true
	case l.lost:
		return refused(v.id, codeRequest, "the session is being opened again")
	case l.off["handshake"] && !l.opened && !v.stateless && v.method == "tools/call":
		return verdict{answer: []byte(`{"jsonrpc":"2.0","id":` + v.id + `,"result":{"content":[{"type":"text","text":"called"}]}}`)}
	}
	return v
}

// afterlife is how long a server lives on that does not end with its input.
const afterlife = 30 * time.Second

// linger is what the guard of the end prevents: a server that was never asked for
// anything waits for its first client.
func (l *line) linger() {
	if l.off["eof"] && !l.used {
		time.Sleep(afterlife)
	}
}

// joined is a line as it is handled: by itself. Without the guard of lines one that
// breaks off is kept, and put before the next.
func (l *line) joined(frame []byte) []byte {
	if !l.off["lines"] || len(unpadded(frame)) == 0 {
		return frame
	}
	frame, l.rest = append(l.rest, frame...), nil
	if err := json.Unmarshal(unpadded(frame), new(json.RawMessage)); err != nil && breaksOff(err) {
		l.rest = bytes.TrimSuffix(frame, []byte("\n"))
		return nil
	}
	return frame
}

// breaksOff reports whether JSON is sound as far as it goes.
func breaksOff(err error) bool {
	var wrong *json.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &wrong) && wrong.Error() == "unexpected end of JSON input"
}

// pollute keeps what a caller put under __proto__, as a careless merge does. Only
// without the guard of extras.
func (s *Server) pollute(members map[string]any) {
	if s.off["extras"] && len(members) > 0 {
		s.shared.Store(&members)
	}
}

// polluted is an answer with what all objects share.
func (s *Server) polluted(text []byte, m map[string]json.RawMessage) []byte {
	shared := s.shared.Load()
	var result map[string]any
	if shared == nil || json.Unmarshal(m["result"], &result) != nil || result == nil {
		return text
	}
	maps.Copy(result, *shared)
	m = maps.Clone(m)
	m["result"], _ = json.Marshal(result) // it was read from JSON
	polluted, _ := json.Marshal(m)
	return polluted
}

// leaves reports whether a client closes the connection before long.
func leaves(r *http.Request) bool {
	select {
	case <-r.Context().Done():
		return true
	case <-time.After(slowness):
		return false
	}
}
