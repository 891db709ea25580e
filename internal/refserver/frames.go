package refserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

// The limits of one frame.
const (
	maxFrame = 1 << 20
	maxDepth = 64
	// maxHead is how much of a refused frame is searched for its id.
	maxHead = 4 << 10
)

// The codes of JSON-RPC errors.
const (
	codeParse    = -32700
	codeRequest  = -32600
	codeMethod   = -32601
	codeParams   = -32602
	codeNoAnswer = 0
	// codeWithdrawn was that of a resource that is not there.
	codeWithdrawn = -32002
)

// verdict is what the guards say of a frame: pass it on, or not, and what to
// answer.
type verdict struct {
	pass   bool
	answer []byte
	// id, method and stateless are set for a request that is passed on: whether it
	// is one of the revision without sessions.
	id, method string
	stateless  bool
	// cancels is the id of the request that is no longer wanted.
	cancels string
	// frame is passed on in the place of what came, where it is set.
	frame []byte
	// batch holds the ids of the requests of a batch, nil where it is none.
	batch []string
}

func refused(id string, code int, message string) verdict {
	return verdict{answer: failure(id, code, message)}
}

func failure(id string, code int, message string) []byte {
	if id == "" {
		id = "null"
	}
	text, _ := json.Marshal(message)
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, text)
}

var passed = verdict{pass: true}

// inspect holds one frame to what the protocol allows. It mends what the SDK
// does not: the SDK ends the process on most malformed frames.
func (s *Server) inspect(frame []byte) verdict {
	switch {
	case !s.off["frame-size"] && len(frame) > maxFrame:
		return refused(headID(frame), codeRequest, fmt.Sprintf("a message may be at most %d bytes long", maxFrame))
	case !s.off["depth"] && depth(frame) > maxDepth:
		return refused(headID(frame), codeRequest, fmt.Sprintf("a message may be nested at most %d deep", maxDepth))
	}
	trimmed := unpadded(frame)
	if !s.off["frames"] {
		if problem := malformed(trimmed); problem.answer != nil {
			return problem
		}
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(trimmed, &m) != nil {
		return passed
	}
	if loose, changed := loosely(m); changed && s.off["spelling"] {
		v := s.inspectMessage(loose)
		if v.pass && v.frame == nil {
			v.frame, _ = json.Marshal(loose) // the members are JSON
		}
		return v
	}
	return s.inspectMessage(m)
}

// unpadded is a frame without the blanks that JSON allows around a value; what
// else Unicode takes for a blank is none there.
func unpadded(frame []byte) []byte { return bytes.Trim(frame, " \t\r\n") }

// malformed refuses what is no single JSON object.
func malformed(frame []byte) verdict {
	switch {
	case len(frame) == 0:
		return refused("", codeParse, "an empty frame")
	case !utf8.Valid(frame):
		return refused("", codeParse, "a message must be UTF-8")
	case !json.Valid(frame):
		return refused("", codeParse, "a frame must be one JSON object and nothing else")
	case frame[0] != '{':
		return refused("", codeRequest, "a message must be an object; batches are not taken")
	case twice(frame):
		return refused(headID(frame), codeRequest, "a member stands twice")
	}
	return verdict{}
}

func (s *Server) inspectMessage(m map[string]json.RawMessage) verdict {
	id := string(m["id"])
	problem := s.misshapen(m)
	switch {
	case m["id"] != nil && !validID(id):
		if s.off["ids"] {
			return passed
		}
		return refused("", codeRequest, "an id must be a string, or an integer of at most 15 digits")
	case problem != nil:
		if s.off["frames"] {
			return passed
		}
		return *problem
	case m["method"] == nil, id == "":
		return s.unanswered(m)
	}
	return s.inspectRequest(m, id)
}

// misshapen refuses an object that is no JSON-RPC message.
func (s *Server) misshapen(m map[string]json.RawMessage) *verdict {
	id := string(m["id"])
	if !validID(id) {
		id = ""
	}
	var method string
	isResponse := m["method"] == nil && m["id"] != nil && (m["result"] != nil || m["error"] != nil)
	switch {
	case string(m["jsonrpc"]) != `"2.0"`:
		return ptr(refused(id, codeRequest, `the member jsonrpc must be "2.0"`))
	case isResponse:
		return nil
	case m["method"] == nil || json.Unmarshal(m["method"], &method) != nil || method == "":
		return ptr(refused(id, codeRequest, "the member method must be a string"))
	case m["params"] != nil && !bytes.HasPrefix(m["params"], []byte("{")):
		return ptr(refused(id, codeParams, "the member params must be an object"))
	}
	return nil
}

func ptr(v verdict) *verdict { return &v }

// notifications are those that the SDK may see.
var notifications = []string{"notifications/initialized", "notifications/cancelled", "notifications/progress"}

// unanswered handles what is owed no answer: notifications, and responses to
// requests that were never made.
func (s *Server) unanswered(m map[string]json.RawMessage) verdict {
	var method string
	_ = json.Unmarshal(m["method"], &method)
	if string(m["id"]) == unaskedID {
		return verdict{} // a request that was made
	}
	if s.off["requests"] && method == "tools/call" {
		s.run(m["params"])
	}
	if s.off["silence"] && method != "notifications/initialized" {
		return verdict{answer: []byte(`{"jsonrpc":"2.0","id":null,"result":{}}`)}
	}
	var params struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	_ = json.Unmarshal(m["params"], &params)
	wellFormed := method != "notifications/cancelled" || validID(string(params.RequestID))
	return verdict{pass: slices.Contains(notifications, method) && wellFormed, cancels: string(params.RequestID)}
}

// code is that of an error; 0 where nobody takes care of codes.
func (s *Server) code(code int) int {
	if s.off["error-codes"] {
		return codeNoAnswer
	}
	return code
}

// defined is the code of an error as the revision defines it; where nobody takes
// care of codes, one that the newest has withdrawn.
func (s *Server) defined(code int) int {
	if s.off["error-codes"] {
		return codeWithdrawn
	}
	return code
}

var integerID = regexp.MustCompile(`^-?[0-9]{1,15}$`)

// validID reports whether an id is a string, or an integer that every JSON
// reader takes exactly.
func validID(id string) bool {
	return len(id) > 0 && (id[0] == '"' || integerID.MatchString(id))
}

// headID finds the id in the first bytes of a frame that is not read whole; ""
// where it cannot be found.
func headID(frame []byte) string {
	d := json.NewDecoder(bytes.NewReader(frame[:min(len(frame), maxHead)]))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return ""
		}
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return ""
		}
		if key == "id" && validID(string(v)) {
			return string(v)
		}
	}
	return ""
}

// depth is how deep a frame is nested, found without reading it as JSON.
func depth(frame []byte) int {
	deepest, level, inString := 0, 0, false
	for i := 0; i < len(frame); i++ {
		switch c := frame[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// twice reports whether an object holds a member twice, at any depth. The
// frame is valid JSON.
func twice(frame []byte) bool {
	d := json.NewDecoder(bytes.NewReader(frame))
	d.UseNumber()
	found, _ := walk(d)
	return found
}

// walk reads one value and reports whether a member stands twice in it.
func walk(d *json.Decoder) (bool, error) {
	t, err := d.Token()
	open, ok := t.(json.Delim)
	if err != nil || !ok {
		return false, err
	}
	seen, found := map[any]bool{}, false
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return found, err
			}
			found = found || seen[key]
			seen[key] = true
		}
		again, err := walk(d)
		if err != nil {
			return found, err
		}
		found = found || again
	}
	_, err = d.Token()
	return found, err
}
