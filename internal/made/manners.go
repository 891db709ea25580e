package made

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Manners are how a made server that is right does what it may do in several ways.
// What is not named it does in the first way.
type Manners map[string]string

// choice is something that a server may do in several ways.
type choice struct {
	name string
	ways []string
	// by is what leaves it open.
	by string
	// http: only servers over HTTP can do it; stream: only those over a stream.
	http, stream bool
}

// choices are all that manners may name.
var choices = []choice{
	{name: "arguments", ways: []string{"tool error", "invalid params"}, by: "server/tools, Error Handling: a tool error should be, -32602 was before 2025-11-25"},
	{name: "unknown tool", ways: []string{"invalid params", "tool error"}, by: "server/tools: -32602 by its example; the official SDKs tell the model"},
	{name: "extras", ways: []string{"refused", "stripped"}, by: "JSON Schema: a schema without additionalProperties is open"},
	{name: "results", ways: []string{"plain", "rich"}, by: "basic: results may have _meta, and members that nobody knows"},
	{name: "errors", ways: []string{"plain", "with data"}, by: "JSON-RPC 2.0, 5.1: data may be there, of any form"},
	{name: "no message", ways: []string{"answered under null", "answered under its id", "dropped"}, by: "JSON-RPC 2.0, 5: null where the id cannot be told; the TypeScript SDK drops it", stream: true},
	{name: "era", ways: []string{"older", "newer", "both", "both, as it begins"}, by: "2026-07-28, basic, Versioning: a server may speak older revisions, too, and tell them apart by how a client begins", stream: true},
	{name: "order", ways: []string{"as asked", "notes between"}, by: "basic: notifications may come at any time", stream: true},
	{name: "answers", ways: []string{"json", "events", "events with notes"}, by: "basic/transports: either, and notifications before the answer", http: true},
	{name: "accepted", ways: []string{"202", "204", "200"}, by: "basic/transports: 202; frameworks say others, and no client minds", http: true},
	{name: "no session", ways: []string{"404", "400"}, by: "basic/transports: 400 should be for none, 404 for one that has ended", http: true},
	{name: "sessions", ways: []string{"with ids", "none"}, by: "basic/transports: a server may assign a session id", http: true},
	{name: "delete", ways: []string{"405", "200", "204"}, by: "basic/transports: a server may not allow it", http: true},
}

// elsewhere reports whether only servers on the other transport have a choice.
func (c choice) elsewhere(overHTTP bool) bool { return overHTTP && c.stream || !overHTTP && c.http }

// Check reports what no manners have, over HTTP or over a stream.
func (m Manners) Check(overHTTP bool) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		i := slices.IndexFunc(choices, func(c choice) bool { return c.name == name })
		if i < 0 {
			return fmt.Errorf("there is no choice of %q", name)
		}
		if choices[i].elsewhere(overHTTP) {
			return fmt.Errorf("there is no choice of %q on that transport", name)
		}
		if !slices.Contains(choices[i].ways, m[name]) {
			return fmt.Errorf("%s: %q is none of %q", name, m[name], choices[i].ways)
		}
	}
	return nil
}

func (m Manners) does(name, way string) bool {
	if own, ok := m[name]; ok {
		return own == way
	}
	i := slices.IndexFunc(choices, func(c choice) bool { return c.name == name })
	return choices[i].ways[0] == way
}

// Mannered returns manners in which every way of one choice meets every way of every
// other, among those of servers over HTTP or over a stream.
func Mannered(overHTTP bool) []Manners {
	open := slices.DeleteFunc(slices.Clone(choices), func(c choice) bool { return c.elsewhere(overHTTP) })
	var rows []Manners
	met := map[meeting]bool{}
	for i, a := range open {
		for _, b := range open[:i] {
			for _, one := range a.ways {
				for _, other := range b.ways {
					if m := (Manners{a.name: one, b.name: other}); !met[meet(a.name, one, b.name, other)] {
						rows = append(rows, m.filled(open, met))
					}
				}
			}
		}
	}
	return rows
}

// meeting is one way of one choice together with one of another, in the order of their
// names.
type meeting [4]string

func meet(a, one, b, other string) meeting {
	if a > b {
		a, one, b, other = b, other, a, one
	}
	return meeting{a, one, b, other}
}

// filled gives each choice that is open the way that meets most ways that it has not
// met yet.
func (m Manners) filled(open []choice, met map[meeting]bool) Manners {
	for _, c := range open {
		if m[c.name] != "" {
			continue
		}
		most := -1
		for _, way := range c.ways {
			if n := m.fresh(c.name, way, met); n > most {
				most, m[c.name] = n, way
			}
		}
	}
	for a, one := range m {
		for b, other := range m {
			met[meet(a, one, b, other)] = true
		}
	}
	return m
}

// fresh counts the ways that a way would meet for the first time.
func (m Manners) fresh(name, way string, met map[meeting]bool) int {
	n := 0
	for b, other := range m {
		if b != name && !met[meet(name, way, b, other)] {
			n++
		}
	}
	return n
}

// String names the ways that are not the first, in the order of the choices.
func (m Manners) String() string {
	var list []string
	for _, c := range choices {
		if way := m[c.name]; way != "" && way != c.ways[0] {
			list = append(list, c.name+" "+way)
		}
	}
	if len(list) == 0 {
		return "first ways"
	}
	return strings.Join(list, ", ")
}

// aNote is what may come at any time.
const aNote = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"at work"}}`

// Run serves with these manners over a stream.
func (m Manners) Run(_ context.Context, in io.Reader, out io.Writer) error {
	e := &era{Manners: m}
	return eachLine(in, out, func(w *wire, line []byte) error {
		r, complaint := read(line)
		if complaint != "" {
			e.older = e.older || !deep(line)
			return w.write(m.complaint(line, complaint))
		}
		if version, _ := declares(r); m.does("order", "notes between") && r.method == "tools/call" && version == "" {
			if err := w.write(aNote); err != nil {
				return err
			}
		}
		return w.write(e.answer(r))
	})
}

// complaint is the answer to what is no message.
func (m Manners) complaint(line []byte, text string) string {
	switch {
	case m.does("no message", "dropped") && !deep(line):
		return ""
	case m.does("no message", "answered under its id"):
		if id := members(line)["id"]; id != nil && isID(id) {
			return strings.Replace(text, `"id":null`, `"id":`+string(id), 1)
		}
	}
	return text
}

// deep reports whether a frame may be a message that only our decoder gives up on:
// who sent it waits for an answer.
func deep(line []byte) bool {
	return bytes.Count(line, []byte("["))+bytes.Count(line, []byte("{")) > 1000
}

// answer is the answer to a request; "" where it is owed none.
func (m Manners) answer(r request) string {
	if r.id == "" {
		return ""
	}
	text := answer(r)
	switch r.method {
	case "tools/list":
		if m.does("extras", "stripped") {
			text = strings.ReplaceAll(text, `,"additionalProperties":false`, "")
		}
	case "tools/call":
		text = m.call(r)
	}
	if m.does("results", "rich") {
		text = strings.Replace(text, `"result":{`, `"result":{"_meta":{"example.org/took":1},"remark":"none",`, 1)
		text = strings.Replace(text, `,"remark":"none",}`, `,"remark":"none"}`, 1)
	}
	if m.does("errors", "with data") {
		text = strings.Replace(text, `"error":{`, `"error":{"data":{"hint":["see the list of tools"]},`, 1)
	}
	return text
}

// call runs a tool.
func (m Manners) call(r request) string {
	name, args, refusal := called(r)
	if refusal != "" {
		return refusal
	}
	if m.does("extras", "stripped") {
		args = stripped(args)
	}
	text, why := run(name, args)
	if why == wrongArguments && m.does("arguments", "invalid params") || why == noTool && m.does("unknown tool", "invalid params") {
		return failure(r.id, codeParams, text)
	}
	return said(r.id, text, why != faultless)
}

// stripped are arguments without those that no tool names.
func stripped(args json.RawMessage) json.RawMessage {
	kept := members(args)
	maps.DeleteFunc(kept, func(name string, _ json.RawMessage) bool { return !slices.Contains([]string{"text", "a", "b"}, name) })
	b, _ := json.Marshal(kept) // what was read can be written
	return b
}

// Handler serves with these manners over HTTP.
func (m Manners) Handler() http.Handler {
	s := newSite(m.post)
	s.manners = m
	return s
}

// post writes the answer to a request.
func (m Manners) post(w http.ResponseWriter, _ *http.Request, r request) {
	if m.does("answers", "json") {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, m.answer(r))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if m.does("answers", "events with notes") {
		_, _ = io.WriteString(w, "retry: 1000\n\nid: 1\ndata: "+aNote+"\n\n")
	}
	_, _ = io.WriteString(w, ": made\n\nevent: message\ndata: "+m.answer(r)+"\n\n")
}

// status is a status that manners name.
func (m Manners) status(name string) int {
	for _, c := range choices {
		for _, way := range c.ways {
			if c.name == name && m.does(name, way) {
				n, _ := strconv.Atoi(way) // the table holds numbers there
				return n
			}
		}
	}
	return 0
}
