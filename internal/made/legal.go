package made

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// oddities are the servers of the precision set that do what no manners say, by name.
func oddities() map[string]func(context.Context, io.Reader, io.Writer) error {
	return map[string]func(context.Context, io.Reader, io.Writer) error{
		"paths":            act("path", fresh(paths)),
		"ails":             act("label", fresh(ails), ailing),
		"traces":           act("service", fresh(traces)),
		"errors-by-nature": act("service", fresh(errorLines)),
		"counts":           act("label", counts),
		"dedupes":          act("label", dedupes),
		"notifies":         act("label", fresh(notifies)),
		"limits":           act("label", fresh(limits)),
		"refuses-softly":   act("label", fresh(says), soft),
		"relists":          act("label", fresh(says), relisted),
		"unlists":          act("label", fresh(says), unlisting),
		"overtaken":        act("label", fresh(says), overtaken),
		"serial":           act("label", fresh(says), serial),
		"sluggish":         sluggish,
		"starved":          act("label", fresh(says), starved),
		"points":           act("data", fresh(says), points),
		"barren":           act("label", fresh(says), barren),
		"sparse":           act("label", fresh(says), sparse),
		"late":             act("label", fresh(says), late),
		"puts-off":         putsOff,
		"keeps":            keeps(never),
		"counts-places":    places,
		"shelves":          shelves,
		"asks-first":       keeps(asking(1, "")),
		"asks-twice":       keeps(asking(2, `"requestState":"removing",`)),
	}
}

// tool does what the one tool of a legal server does with its text.
type tool func(w *wire, r request, text string) error

// fresh is a tool without a memory.
func fresh(t tool) func() tool { return func() tool { return t } }

// around changes how a server handles messages.
type around func(h handler) handler

// act is a server of one tool, which takes one text under that key and nothing
// else.
func act(key string, make func() tool, changes ...around) func(context.Context, io.Reader, io.Writer) error {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		do := make()
		h := calls(func(_ context.Context, w *wire, r request) error {
			text, refusal := textOf(r, key)
			if refusal != "" {
				return w.write(refusal)
			}
			return do(w, r, text)
		})
		h = listing(h, `{"tools":[`+acting("act", key)+`]}`)
		for _, change := range changes {
			h = change(h)
		}
		return onMessage(h)(ctx, in, out)
	}
}

// most is how many characters a text may have.
const most = 1000

// acting is a tool as it is listed.
func acting(name, key string) string {
	return fmt.Sprintf(`{"name":%q,"description":"Does something with a %s.","inputSchema":{"type":"object",`+
		`"properties":{%q:{"type":"string","maxLength":%d}},"required":[%q],"additionalProperties":false}}`, name, key, key, most, key)
}

// listing answers tools/list and hands the rest on.
func listing(h handler, list string) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method == "tools/list" && r.id != "" {
			return w.write(success(r.id, list))
		}
		return h(ctx, w, r)
	}
}

// textOf is the text that a call gives the tool act, or its refusal.
func textOf(r request, key string) (text, refusal string) {
	name, args, refusal := called(r)
	if refusal != "" {
		return "", refusal
	}
	if name != "act" {
		return "", failure(r.id, codeParams, "there is no such tool; there is act")
	}
	var m map[string]*string
	if json.Unmarshal(args, &m) != nil || len(m) != 1 || m[key] == nil || utf8.RuneCountInString(*m[key]) > most {
		return "", said(r.id, fmt.Sprintf("act takes a %s, a string of at most %d characters, and nothing else", key, most), true)
	}
	return *m[key], ""
}

func says(w *wire, r request, text string) error { return w.write(said(r.id, "done: "+text, false)) }

// paths has one file; what it says of others names its folder, which it shows
// to everybody.
func paths(w *wire, r request, text string) error {
	if text == "notes.txt" {
		return w.write(said(r.id, "/srv/data/notes.txt holds 5 bytes; the folder is /srv/data", false))
	}
	return w.write(said(r.id, "ENOENT: no such file or directory, open '/srv/data/"+text+"'", true))
}

func ails(w *wire, r request, _ string) error {
	return w.write(said(r.id, "the engine is not found at /opt/engine/bin/engine; install it", true))
}

func traces(w *wire, r request, _ string) error {
	return w.write(said(r.id, "12:00:01 panic: boom\ngoroutine 7 [running]:\nmain.main()\n\t/srv/app/main.go:10 +0x1d", false))
}

func errorLines(w *wire, r request, _ string) error {
	return w.write(said(r.id, "Error: disk full\nError: disk still full", false))
}

func counts() tool {
	n := 0
	return func(w *wire, r request, _ string) error {
		n++
		if n%5 == 0 {
			return w.write(said(r.id, "that is enough for now; try again", true))
		}
		return w.write(said(r.id, fmt.Sprintf("call number %d", n), false))
	}
}

func dedupes() tool {
	last := ""
	return func(w *wire, r request, text string) error {
		if text == last {
			return w.write(said(r.id, "this was done just before", true))
		}
		last = text
		return says(w, r, text)
	}
}

func notifies(w *wire, r request, text string) error {
	note := func(method, params string) error {
		return w.write(`{"jsonrpc":"2.0","method":"notifications/` + method + `","params":` + params + `}`)
	}
	return errors.Join(
		note("message", `{"level":"error","data":"goroutine 1 [running]: not a crash"}`),
		note("progress", `{"progressToken":"t","progress":1}`),
		says(w, r, text),
		note("tools/list_changed", `{}`),
	)
}

// limits takes a call only when no other has come behind it yet.
func limits(w *wire, r request, text string) error {
	if w.in.Buffered() > 0 {
		return w.write(failure(r.id, -32000, "too many calls at once; try again in a second"))
	}
	return says(w, r, text)
}

// soft turns errors about calls into tool errors.
func soft(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if r.method != "tools/call" || r.id == "" {
			return h(ctx, w, r)
		}
		var told strings.Builder
		if err := h(ctx, &wire{in: w.in, out: &told}, r); err != nil {
			return err
		}
		if strings.Contains(told.String(), `"error":`) {
			return w.write(said(r.id, "MCP error -32602: no tool can be called like this", true))
		}
		return w.write(strings.TrimSuffix(told.String(), "\n"))
	}
}

// ailing says in every refusal of a call what is missing.
func ailing(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if _, refusal := textOf(r, "label"); r.method == "tools/call" && r.id != "" && strings.Contains(refusal, "act takes") {
			return ails(w, r, "")
		}
		return h(ctx, w, r)
	}
}

// relisted has more tools each time that it is asked.
func relisted(h handler) handler {
	n := 0
	return func(ctx context.Context, w *wire, r request) error {
		if r.method != "tools/list" || r.id == "" {
			return h(ctx, w, r)
		}
		n++
		return w.write(success(r.id, fmt.Sprintf(`{"tools":[%s,%s]}`, acting(fmt.Sprintf("later_%d", n), "label"), acting("act", "label"))))
	}
}

// former are names that the server which unlists has listed once.
var former = []string{"fetch", "git_status", "list_tables", "read_file"}

// unlisting runs tools that it does not list, for clients that know them still.
func unlisting(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		name, _, refusal := called(r)
		if r.method != "tools/call" || r.id == "" || refusal != "" || !slices.Contains(former, name) {
			return h(ctx, w, r)
		}
		return w.write(said(r.id, "nothing to report", false))
	}
}

// points refuses calls as validators of JSON Schema do.
func points(h handler) handler {
	return func(ctx context.Context, w *wire, r request) error {
		if _, refusal := textOf(r, "data"); r.method == "tools/call" && r.id != "" && strings.Contains(refusal, "act takes") {
			return w.write(said(r.id, "invalid arguments: at '/data/0': got number, want string", true))
		}
		return h(ctx, w, r)
	}
}

// overtaken keeps calls until a ping comes, and answers it first.
func overtaken(h handler) handler {
	var kept []request
	return func(ctx context.Context, w *wire, r request) error {
		if r.method == "tools/call" && r.id != "" {
			kept = append(kept, r)
			return nil
		}
		err := h(ctx, w, r)
		if r.method != "ping" {
			return err
		}
		for _, k := range kept {
			err = errors.Join(err, h(ctx, w, k))
		}
		kept = nil
		return err
	}
}
