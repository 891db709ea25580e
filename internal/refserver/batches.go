package refserver

import (
	"bytes"
	"encoding/json"
	"slices"
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
	taken, ids := []json.RawMessage{}, []string{}
	for _, item := range items {
		v := s.inspect(item)
		switch {
		case v.answer != nil:
			return refused("", codeRequest, "a message of the batch is not sound")
		case v.method == "initialize", v.id != "" && slices.Contains(ids, v.id):
			return refused("", codeRequest, "a batch opens no session and uses no id twice")
		case v.pass:
			taken = append(taken, item)
		}
		if v.id != "" {
			ids = append(ids, v.id)
		}
	}
	frame, _ := json.Marshal(taken) // each is JSON
	return verdict{pass: len(taken) > 0, frame: frame, batch: ids}
}

// admitBatch lets a batch in, unless an id of it is in use: over that the SDK ends the
// session.
func (l *line) admitBatch(v verdict) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.ContainsFunc(v.batch, func(id string) bool { return l.busy[id] || l.together[id] }) {
		return refused("", codeRequest, "a request of the batch has an id that is in flight")
	}
	for _, id := range v.batch {
		l.busy[id], l.together[id] = true, true
	}
	return v
}

// passBatch passes on what a batch holds. The SDK waits on a stream for an answer to each
// message of it, so that notifications go before it.
func (l *line) passBatch(batch []byte) error {
	var items, requests []json.RawMessage
	_ = json.Unmarshal(batch, &items) // it was put together from JSON
	for _, item := range items {
		if readEnvelope(item).id != "" {
			requests = append(requests, item)
		} else if err := l.pass(item); err != nil {
			return err
		}
	}
	if len(requests) == 0 {
		return nil
	}
	frame, _ := json.Marshal(requests) // each is JSON
	return l.pass(frame)
}

// answered takes note of the answers of a batch.
func (l *line) answered(batch []byte) {
	var items []json.RawMessage
	_ = json.Unmarshal(batch, &items) // what is no batch holds none
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, item := range items {
		id := readEnvelope(item).id
		delete(l.busy, id)
		delete(l.cancelled, id)
	}
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
