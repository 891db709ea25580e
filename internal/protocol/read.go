package protocol

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// maxText bounds how much of what a model would read is kept.
const maxText = 64 << 10

// Read reads a frame from the server. It never fails.
func Read(f transport.Frame) Reply {
	if f.Cut {
		return readCut(f)
	}
	return readMessage(bytes.TrimSpace(f.Bytes))
}

func readMessage(b []byte) Reply {
	if !json.Valid(b) {
		return Reply{Kind: NotJSON}
	}
	return readValid(b)
}

// readValid reads what is valid JSON.
func readValid(b []byte) Reply {
	switch b[0] {
	case '[':
		r := Reply{Kind: Batch}
		members(b, func(_, item []byte) { r.Items = append(r.Items, readValid(item)) })
		return r
	case '{':
		return readObject(b)
	}
	return Reply{Kind: Foreign}
}

// readObject reads a message. Members in another case are no members of it.
func readObject(b []byte) Reply {
	var version, id, method, params, result, failed []byte
	members(b, func(key, value []byte) {
		switch string(key) {
		case "jsonrpc":
			version = value
		case "id":
			id = value
		case "method":
			method = value
		case "params":
			params = value
		case "result":
			result = value
		case "error":
			failed = value
		}
	})
	r := Reply{Kind: Foreign, ID: string(id)}
	if string(version) != `"2.0"` {
		return r
	}
	switch {
	case method != nil:
		if json.Unmarshal(method, &r.Method) != nil {
			return r
		}
		r.Kind, r.Body = Notification, params
		if r.ID != "" {
			r.Kind = ServerRequest
		}
	case result != nil:
		r.Kind, r.Body = Result, result
		r.readResult()
	case failed != nil:
		r.Kind, r.Body = Error, failed
		r.readError()
	}
	return r
}

// readResult takes from a result what a model would see. A result of another shape has
// no such members; what fits is taken.
func (r *Reply) readResult() {
	var text strings.Builder
	members(r.Body, func(key, value []byte) {
		switch string(key) {
		case "isError":
			r.IsError = string(value) == "true"
		case "resultType":
			r.Asks = string(value) == `"input_required"`
		case "content":
			text.Reset()
			if value[0] == '[' {
				members(value, func(_, block []byte) { addText(&text, block) })
			}
		}
	})
	r.Text = text.String()
}

// addText adds the text of a content block, as far as there is room.
func addText(text *strings.Builder, block []byte) {
	if text.Len() > 0 {
		text.WriteByte('\n')
	}
	var said []byte
	members(block, func(key, value []byte) {
		if string(key) == "text" && value[0] == '"' {
			said = unquoted(value)
		}
	})
	text.Write(said[:min(len(said), maxText-min(maxText, text.Len()))])
}

func (r *Reply) readError() {
	var e struct {
		Code    json.RawMessage `json:"code"`
		Message *string         `json:"message"`
	}
	bad := json.Unmarshal(r.Body, &e) != nil
	r.CodeOK = !bad && e.Message != nil && json.Unmarshal(e.Code, &r.Code) == nil
	if e.Message != nil {
		r.Message = *e.Message
	}
	r.Text = r.Message[:min(len(r.Message), maxText)]
}

// The members of a frame whose middle is not known; an id stands near one of
// its ends.
var (
	cutID     = regexp.MustCompile(`"id"\s*:\s*("[^"\\]*"|-?[0-9]+)`)
	cutResult = regexp.MustCompile(`^\s*\{[^{\[]*?"result"\s*:`)
	cutFailed = regexp.MustCompile(`"isError"\s*:\s*true`)
	cutError  = regexp.MustCompile(`^\s*\{[^{\[]*?"error"\s*:`)
	cutCode   = regexp.MustCompile(`"code"\s*:\s*(-?[0-9]{1,9})\b`)
)

// headSize is how much of the start of a cut frame is looked through.
const headSize = 512

// readCut reads what can be told of a frame that was too large to keep.
func readCut(f transport.Frame) Reply {
	head := f.Bytes[:min(len(f.Bytes), headSize)]
	if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) {
		return Reply{Kind: NotJSON}
	}
	r := Reply{Kind: Foreign}
	if found := cutID.FindAllSubmatch(f.Tail, -1); len(found) > 0 {
		r.ID = string(found[len(found)-1][1])
	}
	if found := cutID.FindSubmatch(head); found != nil {
		r.ID = string(found[1])
	}
	switch {
	case cutResult.Match(head):
		r.Kind, r.IsError = Result, cutFailed.Match(f.Tail) || cutFailed.Match(head)
	case cutError.Match(head):
		r.Kind, r.CodeOK, r.Code = Error, true, codeInCut(head, f.Tail)
	}
	return r
}

// codeInCut is the code that stands near one of the ends of a cut error; where it
// is lost with the middle, that of errors which say no more.
func codeInCut(ends ...[]byte) int64 {
	for _, end := range ends {
		if found := cutCode.FindSubmatch(end); found != nil {
			code, _ := strconv.ParseInt(string(found[1]), 10, 64) // the pattern leaves only digits
			return code
		}
	}
	return codeServer
}

// CodeNoMethod is the JSON-RPC code for methods that there are not.
const CodeNoMethod = -32601

// codeServer is the JSON-RPC code for errors of a server's own kind.
const codeServer = -32000

// SameID reports whether an id that came back is the one that was sent: the
// same text, the same string otherwise escaped, or the same number otherwise
// written.
func SameID(sent, got string) bool {
	if sent == got {
		return true
	}
	if sent == "" || got == "" || hasOneForm(sent) && hasOneForm(got) {
		return false
	}
	var a, b string
	switch isText := sent[0] == '"'; {
	case isText != (got[0] == '"'):
		// null would be read as an empty string.
		return false
	case isText:
		return json.Unmarshal([]byte(sent), &a) == nil && json.Unmarshal([]byte(got), &b) == nil && a == b
	}
	x, okX := exact(sent)
	y, okY := exact(got)
	return okX && okY && x.Cmp(y) == 0
}

// hasOneForm reports whether an id cannot be written in another way that has one form,
// too: a few digits, of which the first is no zero, or a string of plain characters.
func hasOneForm(id string) bool {
	if id[0] != '"' {
		return id[0] != '0' && strings.Trim(id, "0123456789") == ""
	}
	for _, c := range []byte(id[1:]) {
		if c == '\\' || c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// exact reads a number exactly; one that is too long to be an id is none.
func exact(text string) (*big.Rat, bool) {
	const longest = 40
	if len(text) > longest || strings.ContainsAny(text, "eE") && len(text) > 8 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}
