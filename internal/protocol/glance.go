package protocol

import "strconv"

// Glance is a reply as far as its outcome depends on it, read in one pass and without a
// copy: its slices are parts of the text.
type Glance struct {
	// Kind is Result or Error.
	Kind ReplyKind
	// ID is the raw JSON text of the id member, nil when absent.
	ID []byte
	// IsError: a tool result with isError true.
	IsError bool
	// Code and Message are the error's, the message as it is written between its quotes.
	Code    int64
	Message []byte
}

// Reply is what is known of the reply: all but its id and its text.
func (g Glance) Reply() Reply {
	return Reply{Kind: g.Kind, IsError: g.IsError, Code: g.Code, CodeOK: g.Kind == Error}
}

// Glimpse reads an ordinary reply. It reports false of anything else, of which Read
// tells: what is no valid JSON, no reply, or written as few servers write it. What it
// does tell, Read tells, too.
func Glimpse(b []byte) (Glance, bool) {
	s := scan{b: b}
	var g Glance
	g.message(&s)
	s.space()
	return g, !s.bad && s.at == len(b) && g.Kind != KindUnset
}

// message reads the members of a reply. A member that comes twice, a method and another
// version are for Read.
func (g *Glance) message(s *scan) {
	versioned := false
	for sep := byte('{'); s.element(sep, '}'); sep = ',' {
		switch string(s.key()) {
		case "jsonrpc":
			s.expect(!versioned && string(s.value()) == `"2.0"`)
			versioned = true
		case "id":
			s.expect(g.ID == nil)
			g.ID = s.value()
		case "result":
			s.expect(g.Kind == KindUnset)
			g.Kind = Result
			g.result(s)
		case "error":
			s.expect(g.Kind == KindUnset)
			g.Kind = Error
			g.failure(s)
		case "method":
			s.expect(false)
		default:
			s.value()
		}
	}
	s.expect(versioned)
}

// result reads whether a tool says that it failed.
func (g *Glance) result(s *scan) {
	if s.space(); s.at < len(s.b) && s.b[s.at] != '{' {
		s.value()
		return
	}
	for sep := byte('{'); s.element(sep, '}'); sep = ',' {
		key := s.key()
		if value := s.value(); string(key) == "isError" {
			g.IsError = string(value) == "true"
		}
	}
}

// failure reads an error of the members that there are in the specification; the
// message must be free of escapes.
func (g *Glance) failure(s *scan) {
	var code []byte
	for sep := byte('{'); s.element(sep, '}'); sep = ',' {
		switch string(s.key()) {
		case "code":
			s.expect(code == nil)
			code = s.value()
		case "message":
			s.expect(g.Message == nil)
			g.Message = s.text()
		case "data":
			s.value()
		default:
			s.expect(false)
		}
	}
	n, err := strconv.ParseInt(string(code), 10, 64)
	g.Code = n
	s.expect(err == nil && g.Message != nil)
}
