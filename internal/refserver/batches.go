package refserver

import (
	"bytes"
	"encoding/json"
)

// batching is the one revision that has batches.
const batching = "2025-03-26"

// inspectAny inspects a frame in a revision, "" before the handshake: a message,
// or a batch where there are any.
func (s *Server) inspectAny(frame []byte, revision string) verdict {
	var items []json.RawMessage
	switch {
	case !bytes.HasPrefix(unpadded(frame), []byte("[")), len(frame) > maxFrame, depth(frame) > maxDepth:
		return s.inspect(frame)
	case json.Unmarshal(frame, &items) != nil:
		return s.inspect(frame)
	case s.off["batches"] && len(items) == 1 && bytes.Contains(items[0], []byte(`"initialize"`)):
		v := s.inspect(items[0])
		v.frame = items[0]
		return v
	case s.off["batches"], revision != batching:
		return s.inspect(frame)
	}
	return s.inspectBatch(items)
}

// inspectBatch holds each message of a batch to what the protocol allows. One that
// is refused refuses all: nobody can tell what the rest is worth without it.
func (s *Server) inspectBatch(items []json.RawMessage) verdict {
	if len(items) == 0 {
		return refused("", codeRequest, "a batch must hold a message")
	}
	taken, ids := []json.RawMessage{}, map[string]bool{}
	for _, item := range items {
		v := s.inspect(item)
		switch {
		case v.answer != nil:
			return refused("", codeRequest, "a message of the batch is not sound")
		case v.method == "initialize", v.id != "" && ids[v.id]:
			return refused("", codeRequest, "a batch opens no session and uses no id twice")
		case v.pass:
			taken = append(taken, item)
		}
		ids[v.id] = true
	}
	frame, _ := json.Marshal(taken) // each is JSON
	return verdict{pass: len(taken) > 0, frame: frame}
}

// settledOn is the revision that the result of initialize names, "" for other
// results.
func settledOn(result json.RawMessage) string {
	var r struct {
		ProtocolVersion string `json:"protocolVersion"`
	}
	_ = json.Unmarshal(result, &r) // what is no such result names none
	return r.ProtocolVersion
}
