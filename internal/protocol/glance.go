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

// Glimpse reads an ordinary reply. It reports false of anything else, of which Read
// tells: what is no valid JSON, no reply, or written as few servers write it. What it
// does tell, Read tells, too.
func Glimpse(b []byte) (Glance, bool) {
	var g Glance
	end := g.usual(b)
	if end == broken {
		g = Glance{}
		end = g.message(b)
	}
	return g, end != broken && space(b, end) == len(b) && g.Kind != KindUnset
}

// What replies hold before and behind their id as most servers write them.
const (
	beforeID     = `{"jsonrpc":"2.0","id":`
	beforeResult = `,"result":`
)

// usual reads a result as most servers write it: in this order, and without space.
func (g *Glance) usual(b []byte) int {
	if len(b) < len(beforeID) || string(b[:len(beforeID)]) != beforeID {
		return broken
	}
	end := number(b, len(beforeID))
	if end > len(b)-len(beforeResult) || string(b[end:end+len(beforeResult)]) != beforeResult {
		return broken
	}
	g.Kind, g.ID = Result, b[len(beforeID):end]
	end = g.result(b, end+len(beforeResult))
	if peek(b, end) != '}' {
		return broken
	}
	return end + 1
}

// message reads the members of a reply. A member that comes twice, a method, another
// version and a key with escapes are for Read.
func (g *Glance) message(b []byte) int {
	versioned, i, more := false, 0, true
	for sep := byte('{'); ; sep = ',' {
		if i, more = element(b, i, sep, '}'); !more {
			break
		}
		var name, text []byte
		name, i = key(b, i)
		odd := name == nil
		switch string(name) {
		case "jsonrpc":
			text, i = value(b, i, 1)
			odd = versioned || string(text) != `"2.0"`
			versioned = true
		case "id":
			odd = g.ID != nil
			g.ID, i = value(b, i, 1)
		case "result":
			odd = g.Kind != KindUnset
			g.Kind = Result
			i = g.result(b, space(b, i))
		case "error":
			odd = g.Kind != KindUnset
			g.Kind = Error
			i = g.failure(b, i)
		case "method":
			odd = true
		default:
			i = skip(b, space(b, i), 1)
		}
		if odd {
			return broken
		}
	}
	if !versioned {
		return broken
	}
	return i
}

// result reads whether a tool says that it failed.
func (g *Glance) result(b []byte, i int) int {
	if peek(b, i) != '{' {
		return skip(b, i, 1)
	}
	more := true
	for sep := byte('{'); ; sep = ',' {
		if i, more = element(b, i, sep, '}'); !more {
			return i
		}
		var name []byte
		if name, i = key(b, i); name == nil {
			return broken
		}
		i = space(b, i)
		start := i
		if i = skip(b, i, 2); i == broken {
			return broken
		}
		switch string(name) {
		case "isError":
			g.IsError = string(b[start:i]) == "true"
		case "resultType":
			if string(b[start:i]) != `"complete"` {
				return broken // it may be no result yet
			}
		}
	}
}

// failure reads an error that has the members which there are in the specification, and
// a message without escapes.
func (g *Glance) failure(b []byte, i int) int {
	var code []byte
	more := true
	for sep := byte('{'); ; sep = ',' {
		if i, more = element(b, i, sep, '}'); !more {
			break
		}
		var name []byte
		name, i = key(b, i)
		odd := false
		switch string(name) {
		case "code":
			odd = code != nil
			code, i = value(b, i, 2)
		case "message":
			odd = g.Message != nil
			g.Message, i = plainText(b, i)
		case "data":
			i = skip(b, space(b, i), 2)
		default:
			odd = true
		}
		if odd {
			return broken
		}
	}
	n, err := strconv.ParseInt(string(code), 10, 64)
	if g.Code = n; err != nil || g.Message == nil {
		return broken
	}
	return i
}
