package made

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// keeper is a server of the stateless revision that keeps texts: it adds one, lists them
// and removes one. Before it removes one it asks as it will, or does not.
type keeper struct {
	era era
	// asks is what is answered in place of removing a text; "" for nothing.
	asks func(r request) string
	// closesUp: a text is known by its place, and those behind one that is removed move up.
	closesUp bool
	// shelves: it also shows each text by its number, those that were removed included.
	shelves bool

	mu sync.Mutex
	// kept are the texts, "" for one that was removed, and came all that there ever were.
	kept, came []string
}

// keeps is such a server.
func keeps(asks func(r request) string) func(context.Context, io.Reader, io.Writer) error {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		return (&keeper{asks: asks}).serve(ctx, in, out)
	}
}

// places is such a server, that knows texts by their places.
func places(ctx context.Context, in io.Reader, out io.Writer) error {
	return (&keeper{asks: never, closesUp: true}).serve(ctx, in, out)
}

// shelves is such a server, that shows texts by their numbers when they are listed no more.
func shelves(ctx context.Context, in io.Reader, out io.Writer) error {
	return (&keeper{asks: never, shelves: true}).serve(ctx, in, out)
}

func (k *keeper) serve(ctx context.Context, in io.Reader, out io.Writer) error {
	k.era = era{Manners: Manners{"era": "newer"}}
	return onMessage(func(_ context.Context, w *wire, r request) error { return w.write(k.answer(r)) })(ctx, in, out)
}

// keeping is what such a server lists.
const keeping = `{"resultType":"complete",` + cacheableMembers + `"tools":[` +
	`{"name":"keep","description":"Keeps a text.","annotations":{"destructiveHint":false},"inputSchema":{"type":"object",` +
	`"properties":{"text":{"type":"string","minLength":1,"maxLength":100}},"required":["text"],"additionalProperties":false}},` +
	`{"name":"list","description":"Lists the texts that are kept.","annotations":{"readOnlyHint":true},` +
	`"inputSchema":{"type":"object","properties":{},"additionalProperties":false}},` +
	`{"name":"remove","description":"Removes a text.","annotations":{"destructiveHint":true},"inputSchema":{"type":"object",` +
	`"properties":{"number":{"type":"integer","minimum":0,"maximum":1000000}},"required":["number"],"additionalProperties":false}}]}`

// showing is a tool that shows a text.
const showing = `,{"name":"show","description":"Shows a text, also one that was removed.","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object",` +
	`"properties":{"number":{"type":"integer","minimum":0,"maximum":1000000}},"required":["number"],"additionalProperties":false}}`

// listing is what the server lists.
func (k *keeper) listing() string {
	if k.shelves {
		return strings.TrimSuffix(keeping, "]}") + showing + "]}"
	}
	return keeping
}

func (k *keeper) answer(r request) string {
	gate := r
	gate.method = "server/discover" // who may ask for that may ask for all
	admitted := k.era.answer(gate)
	switch {
	case strings.Contains(admitted, `"error"`), r.id == "", r.method == gate.method:
		return admitted
	case r.method == "tools/list":
		return success(r.id, k.listing())
	case r.method == "tools/call":
		return strings.Replace(k.call(r), `"result":{"content"`, `"result":{"resultType":"complete","content"`, 1)
	}
	return k.era.answer(r)
}

func (k *keeper) call(r request) string {
	name, raw, refusal := called(r)
	if refusal != "" {
		return refusal
	}
	var args map[string]json.RawMessage
	if json.Unmarshal(raw, &args) != nil {
		return failure(r.id, codeParams, "arguments must be an object")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch name {
	case "keep":
		return k.keep(r, args)
	case "list":
		if len(args) > 0 {
			return said(r.id, "list takes nothing", true)
		}
		return said(r.id, strings.Join(k.kept, "\n"), false)
	case "remove":
		return k.remove(r, args)
	case "show":
		return k.show(r, args)
	}
	return failure(r.id, codeParams, "there is no such tool; there are keep, list and remove")
}

func (k *keeper) keep(r request, args map[string]json.RawMessage) string {
	var text *string
	if len(args) != 1 || json.Unmarshal(args["text"], &text) != nil || text == nil || *text == "" || len([]rune(*text)) > 100 {
		return said(r.id, "keep takes a text, a string of 1 to 100 characters, and nothing else", true)
	}
	k.kept, k.came = append(k.kept, *text), append(k.came, *text)
	return said(r.id, fmt.Sprintf(`{"number":%d}`, len(k.kept)-1), false)
}

func (k *keeper) show(r request, args map[string]json.RawMessage) string {
	n, ok := integer(args["number"])
	if !k.shelves || len(args) != 1 || !ok || n < 0 || n >= int64(len(k.came)) {
		return said(r.id, "there is no such text, or no such way to name it", true)
	}
	return said(r.id, k.came[n], false)
}

func (k *keeper) remove(r request, args map[string]json.RawMessage) string {
	n, ok := integer(args["number"])
	if len(args) != 1 || !ok || n < 0 {
		return said(r.id, "remove takes a number, an integer from 0 to 1000000, and nothing else", true)
	}
	if n >= int64(len(k.kept)) || k.kept[n] == "" {
		return said(r.id, fmt.Sprintf("there is no text with the number %d", n), true)
	}
	if instead := k.asks(r); instead != "" {
		return instead
	}
	if k.kept[n] = ""; k.closesUp {
		k.kept = slices.Delete(k.kept, int(n), int(n)+1)
	}
	return said(r.id, "removed", false)
}

// never asks nobody.
func never(request) string { return "" }

// asking asks whoever can be asked that many questions at once, and gives a state with
// them, or none. It looks at nothing but what they are answered.
func asking(questions int, state string) func(request) string {
	return func(r request) string {
		if !strings.Contains(string(members(members(r.params)["_meta"])[declaredAbility]), `"elicitation"`) {
			return ""
		}
		responses := members(members(r.params)["inputResponses"])
		var open []string
		for n := range questions {
			name := fmt.Sprintf("question-%d", n)
			response := members(responses[name])
			switch {
			case response == nil:
				open = append(open, fmt.Sprintf(`%q:{"method":"elicitation/create","params":{"message":"Remove it?",`+
					`"requestedSchema":{"type":"object","properties":{"sure":{"type":"boolean"}}}}}`, name))
			case text(response["action"]) != "accept" || string(members(response["content"])["sure"]) != "true":
				return said(r.id, "nothing was removed", true)
			}
		}
		if open == nil {
			return ""
		}
		return success(r.id, `{"resultType":"input_required",`+state+`"inputRequests":{`+strings.Join(open, ",")+`}}`)
	}
}
