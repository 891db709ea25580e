package made

import (
	"context"
	"encoding/json"
	"strings"
)

// declaring says in the handshake that there is more than tools.
func declaring(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method != "initialize" || r.id == "" {
			return h(ctx, w, r)
		}
		return w.write(success(r.id, `{"protocolVersion":"`+version+`","serverInfo":{"name":"made","version":"1"},`+
			`"capabilities":{"tools":{},"prompts":{},"resources":{},"completions":{},"logging":{}}}`))
	}
}

// barren declares everything and has nothing of it, not even every list.
func barren(h handler) handler {
	return declaring(func(ctx context.Context, w *wire, r request) error {
		empty := map[string]string{"prompts/list": `{"prompts":[]}`, "resources/list": `{"resources":[]}`}
		switch {
		case r.id != "" && empty[r.method] != "" && !paged(r):
			return w.write(success(r.id, empty[r.method]))
		case r.id != "" && r.method == "resources/read":
			return w.write(failure(r.id, -32002, "there is no such resource"))
		case r.id != "" && (r.method == "prompts/list" || r.method == "resources/list" || r.method == "completion/complete" || r.method == "logging/setLevel"):
			return w.write(failure(r.id, codeParams, "there is nothing of that kind"))
		}
		return h(ctx, w, r)
	})
}

// paged reports whether a request names a page.
func paged(r request) bool { return members(r.params)["cursor"] != nil }

// The lists of a server that has more than it lists.
var sparseLists = map[string]string{
	"prompts/list":             `{"prompts":[{"name":"greet","arguments":[{"name":"who","required":true},{"name":"tone"}]}]}`,
	"resources/list":           `{"resources":[{"uri":"made:readme","name":"readme"}]}`,
	"resources/templates/list": `{"resourceTemplates":[{"uriTemplate":"made:files/{+path}","name":"file"}]}`,
}

// sparse reads addresses that it does not list, and says even of those that it
// does not have what they might have held; passes over what it is not asked for,
// and takes null for nothing.
func sparse(h handler) handler {
	return declaring(func(ctx context.Context, w *wire, r request) error {
		list, listed := sparseLists[r.method]
		switch {
		case r.id == "":
		case listed && !paged(r):
			return w.write(success(r.id, list))
		case listed:
			return w.write(failure(r.id, codeParams, "there is one page"))
		case r.method == "resources/read":
			return w.write(readSparse(r))
		case r.method == "prompts/get":
			return w.write(greet(r))
		case r.method == "completion/complete":
			return w.write(completeSparse(r))
		case r.method == "logging/setLevel":
			return w.write(level(r))
		}
		return h(ctx, w, r)
	})
}

func readSparse(r request) string {
	uri := members(r.params)["uri"]
	switch {
	case !isText(uri):
		return failure(r.id, codeParams, "a resource is read by its uri")
	case !strings.HasPrefix(text(uri), "made:"):
		return failure(r.id, -32002, "there is no such resource")
	}
	return success(r.id, `{"contents":[{"uri":"made:","text":"Error: nothing is kept here yet"}]}`)
}

func greet(r request) string {
	m := members(r.params)
	var given map[string]*string
	if text(m["name"]) != "greet" || json.Unmarshal(m["arguments"], &given) != nil || given["who"] == nil {
		return failure(r.id, codeParams, "there is the prompt greet, which takes who")
	}
	return success(r.id, `{"messages":[{"role":"user","content":{"type":"text","text":"Say hello."}}]}`)
}

// completeSparse has nothing to offer for whatever is there to complete.
func completeSparse(r request) string {
	ref, argument := members(members(r.params)["ref"]), members(members(r.params)["argument"])
	prompt := text(ref["type"]) == "ref/prompt" && text(ref["name"]) == "greet"
	template := text(ref["type"]) == "ref/resource" && text(ref["uri"]) == "made:files/{+path}"
	switch {
	case !prompt && !template:
		return failure(r.id, codeParams, "there is nothing of that reference")
	case !isText(argument["name"]) || !isText(argument["value"]):
		return failure(r.id, codeParams, "an argument has a name and a value")
	}
	return success(r.id, `{"completion":{"values":[]}}`)
}

// members are those of an object, by their exact names.
func members(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	_ = json.Unmarshal(raw, &m) // what is no object has none
	return m
}

func isText(raw json.RawMessage) bool { return strings.HasPrefix(string(raw), `"`) }

func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // what is no text is empty
	return s
}

func level(r request) string {
	const levels = " debug info notice warning error critical alert emergency "
	if level := members(r.params)["level"]; !isText(level) || !strings.Contains(levels, " "+text(level)+" ") {
		return failure(r.id, codeParams, "there is no such level")
	}
	return success(r.id, "{}")
}
