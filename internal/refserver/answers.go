package refserver

import (
	"bytes"
	"encoding/json"
	"time"
)

// Write takes one answer of the SDK.
func (l *line) Write(answer []byte) (int, error) {
	text := bytes.TrimSpace(answer)
	var m map[string]json.RawMessage
	if json.Unmarshal(text, &m) != nil {
		l.answered(text)
		l.write(l.recoded(text, nil))
		return len(answer), nil
	}
	id := string(m["id"])
	if m["method"] != nil {
		l.tell(id, text)
		return len(answer), nil
	}
	l.mu.Lock()
	unwanted := l.cancelled[id]
	delete(l.busy, id)
	delete(l.cancelled, id)
	if settled := settledOn(m["result"]); settled != "" {
		l.revision = settled
	}
	l.mu.Unlock()
	if unwanted && !l.off["cancels"] {
		return len(answer), nil
	}
	text = l.polluted(l.undressed(l.recoded(text, m), m), m)
	if l.off["unasked"] && bytes.Contains(m["result"], []byte(`"tools":`)) {
		l.write([]byte(unasked))
	}
	if l.off["one-answer"] {
		text = doubled(text, m)
	}
	if unwanted {
		time.AfterFunc(belated, func() { l.write(text) })
	} else {
		l.write(text)
	}
	return len(answer), nil
}

// belated is how long after its time a request is answered that was cancelled, where
// nobody looks at that.
const belated = 500 * time.Millisecond

// unasked is what no client of the stateless revision wants to hear.
const (
	unaskedID = `"unasked"`
	unasked   = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"the tools were listed"}}
{"jsonrpc":"2.0","id":` + unaskedID + `,"method":"roots/list"}`
)

// Close does nothing: the stream is ended by whoever gave it.
func (l *line) Close() error { return nil }

// recoded gives an error the code that it should have, each of a batch. The SDK answers
// some with code 0.
func (s *Server) recoded(text []byte, m map[string]json.RawMessage) []byte {
	var batch []json.RawMessage
	if m == nil && json.Unmarshal(text, &batch) == nil {
		for i, one := range batch {
			var m map[string]json.RawMessage
			if json.Unmarshal(one, &m) == nil {
				batch[i] = s.recoded(one, m)
			}
		}
		text, _ = json.Marshal(batch) // all of it is JSON
		return text
	}
	var e struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if m["error"] == nil || json.Unmarshal(m["error"], &e) != nil {
		return text
	}
	switch {
	case s.off["error-codes"] && e.Code != 0:
		return failure(string(m["id"]), 0, e.Message)
	case !s.off["error-codes"] && e.Code == 0:
		return failure(string(m["id"]), codeRequest, e.Message)
	}
	return text
}

// doubled says twice what is said of one note.
func doubled(text []byte, m map[string]json.RawMessage) []byte {
	if !bytes.Contains(m["result"], []byte(`"text":"{`)) {
		return text
	}
	return append(append(bytes.Clone(text), '\n'), text...)
}

// write puts one line out.
func (l *line) write(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	// A client that is gone shows in the reading.
	_, _ = l.out.Write(append(bytes.Clone(text), '\n'))
}

// hangUp closes the output and goes on living.
func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if h, ok := l.out.(interface{ CloseWrite() error }); ok {
		_ = h.CloseWrite()
	}
}
