package made

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// The codes of JSON-RPC errors.
const (
	codeParse    = -32700
	codeRequest  = -32600
	codeMethod   = -32601
	codeParams   = -32602
	codeInternal = -32603
)

// version is the only revision that made servers speak.
const version = "2025-11-25"

// request is a frame as far as a made server reads it.
type request struct {
	id     string // raw JSON, "" for a notification
	method string
	params json.RawMessage
}

// read reads one frame. What is no message gives the error to answer it with
// instead; a response gives neither.
func read(frame []byte) (r request, complaint string) {
	var m map[string]json.RawMessage
	switch {
	case !utf8.Valid(frame) || !json.Valid(frame):
		return r, failure("null", codeParse, "a frame must be one JSON object and nothing else")
	case json.Unmarshal(frame, &m) != nil || m == nil:
		return r, failure("null", codeRequest, "a message must be an object")
	case string(m["jsonrpc"]) != `"2.0"`:
		return r, failure("null", codeRequest, `jsonrpc must be "2.0"`)
	case m["method"] == nil && (m["result"] != nil || m["error"] != nil):
		return r, ""
	case json.Unmarshal(m["method"], &r.method) != nil:
		return r, failure("null", codeRequest, "method must be a string")
	case m["id"] != nil && !isID(m["id"]):
		return r, failure("null", codeRequest, "id must be a string or an integer")
	}
	r.id, r.params = string(m["id"]), m["params"]
	return r, ""
}

// isID reports whether an id is a string, or an integer written as one.
func isID(raw json.RawMessage) bool {
	var n int64
	return raw[0] == '"' || raw[0] != 'n' && json.Unmarshal(raw, &n) == nil
}

// answer is what a sound server writes for a request; "" where it is owed
// nothing.
func answer(r request) string {
	if r.id == "" {
		return ""
	}
	switch r.method {
	case "initialize":
		return success(r.id, `{"protocolVersion":"`+version+`","capabilities":{"tools":{}},"serverInfo":{"name":"made","version":"1"}}`)
	case "ping":
		return success(r.id, "{}")
	case "tools/list":
		return success(r.id, tools)
	case "tools/call":
		return call(r)
	}
	return failure(r.id, codeMethod, "there is no such method")
}

func success(id, result string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"result":` + result + `}`
}

func failure(id string, code int, message string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, quote(message))
}

// said is the result of a tool.
func said(id, text string, isError bool) string {
	return success(id, fmt.Sprintf(`{"content":[{"type":"text","text":%s}],"isError":%t}`, quote(text), isError))
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}

// tools is the result of tools/list: one tool for text, one for numbers.
const tools = `{"tools":[` +
	`{"name":"echo","description":"Says a text back.","annotations":{"readOnlyHint":true},` +
	`"inputSchema":{"type":"object","properties":{"text":{"type":"string","maxLength":1000}},` +
	`"required":["text"],"additionalProperties":false}},` +
	`{"name":"add","description":"Adds two integers.","annotations":{"readOnlyHint":true},` +
	`"inputSchema":{"type":"object","properties":{` +
	`"a":{"type":"integer","minimum":-1000000,"maximum":1000000},` +
	`"b":{"type":"integer","minimum":-1000000,"maximum":1000000}},` +
	`"required":["a","b"],"additionalProperties":false}}]}`

// call runs a tool.
func call(r request) string {
	name, args, refusal := called(r)
	if refusal != "" {
		return refusal
	}
	text, why := run(name, args)
	if why == noTool {
		return failure(r.id, codeParams, text)
	}
	return said(r.id, text, why == wrongArguments)
}

// fault is what is wrong with a call.
type fault uint8

const (
	faultless fault = iota
	noTool
	wrongArguments
)

// run runs a tool; what it says of a fault is meant for the caller.
func run(name string, args json.RawMessage) (string, fault) {
	switch name {
	case "echo":
		return echo(args)
	case "add":
		return add(args)
	}
	return "there is no such tool; there are echo and add", noTool
}

// called are the name and the arguments of a call, or the refusal of one that
// has not the protocol's form.
func called(r request) (name string, args json.RawMessage, refusal string) {
	var p map[string]json.RawMessage
	if json.Unmarshal(r.params, &p) != nil || json.Unmarshal(p["name"], &name) != nil || string(p["name"]) == "null" {
		return "", nil, failure(r.id, codeParams, "tools/call takes a name and arguments")
	}
	args = p["arguments"]
	if args == nil {
		args = json.RawMessage("{}")
	}
	if bytes.TrimSpace(args)[0] != '{' {
		return "", nil, failure(r.id, codeParams, "arguments must be an object")
	}
	return name, args, ""
}

func echo(args json.RawMessage) (string, fault) {
	const most = 1000
	var m map[string]*string
	if json.Unmarshal(args, &m) != nil || len(m) != 1 || m["text"] == nil || utf8.RuneCountInString(*m["text"]) > most {
		return "echo takes text, a string of at most 1000 characters, and nothing else", wrongArguments
	}
	return *m["text"], faultless
}

func add(args json.RawMessage) (string, fault) {
	var m map[string]json.RawMessage
	a, okA := int64(0), false
	b, okB := int64(0), false
	if json.Unmarshal(args, &m) == nil {
		a, okA = integer(m["a"])
		b, okB = integer(m["b"])
	}
	if !okA || !okB || len(m) != 2 {
		return "add takes a and b, integers from -1000000 to 1000000, and nothing else", wrongArguments
	}
	return fmt.Sprint(a + b), faultless
}

// integer reads an integer within the tool's bounds; 5.0 is one.
func integer(raw json.RawMessage) (int64, bool) {
	const most = 1_000_000
	var x *float64
	if json.Unmarshal(raw, &x) != nil || x == nil || *x != float64(int64(*x)) || *x < -most || *x > most {
		return 0, false
	}
	return int64(*x), true
}
