package oracles

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// leak finds refusals that tell more than a model needs: a stack, a file of
// the server, a planted secret.
func leak(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		out := OutcomeOf(o, s)
		a, ok := s.answer()
		if !ok || out == Silent || out == Asked {
			continue
		}
		text := told(a)
		what := leaked(ctx, o, s, text)
		if out == Accepted && what == leakSecret && !slices.ContainsFunc(ctx.Secrets, func(x string) bool { return inControls(ctx, x) }) {
			f := finding(ctx, o, s, "leak", "TOOL-11", fmt.Sprintf("the answer to %s holds %s", describe(s), what))
			return []Finding{f.graded(Info, hardening)}
		}
		if out != Accepted && what != "" {
			return []Finding{finding(ctx, o, s, "leak", "TOOL-11", fmt.Sprintf("the refusal of %s holds %s", describe(s), what))}
		}
	}
	return nil
}

const leakSecret = "a planted secret"

// told is all text of an answer that a caller can see.
func told(a Answer) string {
	if a.Reply.Kind == protocol.Error || a.Reply.Kind == protocol.Result && a.Reply.IsError {
		return a.Reply.Text + "\n" + plainly(a.Reply.Body[:min(len(a.Reply.Body), maxTold)])
	}
	if a.Reply.Kind == protocol.Result {
		return a.Reply.Text
	}
	return string(a.Frame.Bytes[:min(len(a.Frame.Bytes), maxTold)])
}

const maxTold = 64 << 10

// asciiEscape is a character as some encoders of JSON write it, and others do
// not.
var asciiEscape = regexp.MustCompile(`\\u00[2-7][0-9a-fA-F]`)

// plainly is JSON text with ASCII characters written as themselves, so that what
// was sent is found in it.
func plainly(body []byte) string {
	return asciiEscape.ReplaceAllStringFunc(string(body), func(e string) string {
		n, _ := strconv.ParseUint(e[2:], 16, 8) // the pattern leaves only digits
		return string(rune(n))
	})
}

// leaked names what a text holds that it should not; "" for nothing.
func leaked(ctx *Context, o Observation, s Seen, text string) string {
	for _, secret := range ctx.Secrets {
		if secret != "" && strings.Contains(text, secret) {
			return leakSecret
		}
	}
	known := func(x string) bool {
		return o.sentBy(s, x) || inControls(ctx, x) || inAddresses(ctx, x) || slices.ContainsFunc(ctx.Shown, func(shown string) bool {
			return shown != "" && (strings.HasPrefix(x, shown) || strings.Contains(shown, x))
		})
	}
	if mentions(text, traceWords) {
		if trace := stackTrace.FindString(text); trace != "" && !known(strings.TrimSpace(trace)) {
			return "a stack trace"
		}
	}
	if !mentions(text, pathMarks) {
		return ""
	}
	for _, m := range filePath.FindAllStringSubmatch(text, -1) {
		if path := strings.TrimRight(m[1], ".:\\"); !known(path) && !joined(path, known, o, s) && !isPointer(ctx, s, path) && !toldAnyway(ctx, path) {
			return fmt.Sprintf("the path %.80q", path)
		}
	}
	return ""
}

// toldAnyway reports whether the refusal of a valid call holds a path, or the folder
// that it leads into.
func toldAnyway(ctx *Context, path string) bool {
	folder := path[:max(strings.LastIndexByte(path, '/'), 0)]
	for _, text := range ctx.Refused {
		if strings.Contains(text, path) || len(folder) > 1 && strings.Contains(text, folder+"/") {
			return true
		}
	}
	return false
}

// inAddresses reports whether the server itself lists an address that holds a text.
func inAddresses(ctx *Context, x string) bool {
	return slices.ContainsFunc(ctx.Catalog.Resources(), func(r scenarios.Resource) bool { return strings.Contains(r.URI, x) })
}

// isPointer reports whether a path leads into the arguments of a call, or into the
// params of a request: validators name places so.
func isPointer(ctx *Context, s Seen, path string) bool {
	if r, ok := s.Sent.(scenarios.Request); ok && strings.HasPrefix(path, "/") {
		first, _, _ := strings.Cut(path[1:], "/")
		_, beside := r.Params.At("/" + first)
		_, among := r.Params.At("/arguments/" + first)
		return beside || among
	}
	call, ok := s.Sent.(scenarios.Call)
	if !ok || !strings.HasPrefix(path, "/") {
		return false
	}
	first, _, _ := strings.Cut(path[1:], "/")
	_, sent := call.Args.At("/" + first)
	tool, _ := ctx.Catalog.Tool(call.Tool)
	return sent || strings.Contains(string(tool.Input), `"`+first+`"`)
}

// joined reports whether a path is nothing but what was sent behind a folder
// that is known: a file server says so what it looked for, in its own spelling where it
// was led to something planted.
func joined(path string, known func(string) bool, o Observation, s Seen) bool {
	for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
		if known(path[:i]) {
			return sentHolds(s, path[i+1:]) || o.namesPlot(path[i+1:])
		}
	}
	return false
}

func inControls(ctx *Context, x string) bool {
	for _, c := range ctx.Controls {
		if strings.Contains(c.Text, x) || strings.Contains(c.Call.Args.String(), x) {
			return true
		}
	}
	return false
}

// sentBy reports whether a frame, or one before it, holds a text: what is kept may be told.
func (o Observation) sentBy(s Seen, x string) bool {
	return sentHolds(s, x) || slices.ContainsFunc(o.Seen[:max(0, o.place(s))], func(before Seen) bool { return sentHolds(before, x) })
}

// sentHolds reports whether what was sent holds a text; only the first bytes of
// large frames are looked at.
func sentHolds(s Seen, x string) bool {
	return strings.Contains(string(sentText(s)), x)
}
