package oracles

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// unstructured finds results that are not as the tool's output schema promises.
func unstructured(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		call, ok := s.Sent.(scenarios.Call)
		if !ok || OutcomeOf(o, s) != Accepted || prose(ctx, s) {
			continue
		}
		if what := mismatch(ctx, call.Tool, s); what != "" {
			return []Finding{finding(ctx, o, s, "unstructured", "TOOL-16", fmt.Sprintf("the result of %s %s", describe(s), what))}
		}
	}
	return nil
}

// mismatch says what of a result is against the output schema; "" for nothing, or
// where it cannot be told.
func mismatch(ctx *Context, tool string, s Seen) string {
	a, _ := s.answer()
	var m map[string]json.RawMessage
	if t, _ := ctx.Catalog.Tool(tool); t.Output == nil || a.Frame.Cut || a.Reply.Kind != protocol.Result || json.Unmarshal(a.Reply.Body, &m) != nil {
		return ""
	}
	kind := string(m["resultType"])
	if m["task"] != nil || kind != "" && kind != `"complete"` {
		return "" // the result proper is still to come
	}
	switch broken, judged := ctx.Catalog.Conforms(tool, m["structuredContent"]); {
	case !judged || len(broken) == 0:
		return ""
	case m["structuredContent"] == nil:
		return "has no structuredContent, and the tool has an output schema"
	default:
		return "is not what the output schema says: " + place(broken[0])
	}
}

// legacyRefusal finds servers that refuse arguments by a JSON-RPC error, which
// most clients do not show to the model.
func legacyRefusal(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		a, ok := s.answer()
		call, is := s.Sent.(scenarios.Call)
		if !ok || !is || OutcomeOf(o, s) != Rejected || a.Reply.Kind != protocol.Error || a.Reply.Code != codeInvalidParams {
			continue
		}
		// A tool that refuses valid calls, too, may have another reason.
		_, works := ctx.Controls[call.Tool]
		if l := s.Want(ctx.Catalog); works && l.Want == scenarios.WantReject && l.Basis == schema {
			f := finding(ctx, o, s, "legacy-refusal", "TOOL-02b",
				fmt.Sprintf("%s was refused with -32602, not with a tool error that a model gets to see", describe(s)))
			f.Signature = signature(f.Oracle, "", "")
			return []Finding{f}
		}
	}
	return nil
}

// rounded finds integers that came back as the nearest binary fraction.
func rounded(ctx *Context, o Observation) []Finding {
	for _, s := range o.Seen {
		call, ok := s.Sent.(scenarios.Call)
		a, answered := s.answer()
		if !ok || !answered || OutcomeOf(o, s) != Accepted {
			continue
		}
		tool, _ := ctx.Catalog.Tool(call.Tool)
		for _, m := range call.Args.Members() {
			if showsRounded(string(a.Reply.Body), m.Value) && wantsInteger(tool, m.Key) && !o.toldOther(s, m.Value) {
				return []Finding{finding(ctx, o, s, "rounded", "TOOL-06",
					fmt.Sprintf("%s was accepted and its answer shows another number than %.40s", describe(s), m.Value.Source()))}
			}
		}
	}
	return nil
}

// toldOther reports whether a frame before one held what an integer is rounded to, so that
// an answer may show that.
func (o Observation) toldOther(s Seen, v scenarios.Value) bool {
	return slices.ContainsFunc(roundings(v), func(w string) bool { return !sentHolds(s, w) && o.sentBy(s, w) })
}

// wantsInteger reports whether a tool's property is an integer and nothing else;
// of other numbers nobody expects more than a binary fraction holds.
func wantsInteger(tool scenarios.Tool, key string) bool {
	input, err := scenarios.ParseJSON(tool.Input)
	if err != nil {
		return false
	}
	kind, _ := input.At(scenarios.Pointer("/properties", key) + "/type")
	text, _ := kind.Text()
	return text == "integer"
}

// longestInteger bounds the integers that are looked at.
const longestInteger = 19

// showsRounded reports whether a text holds an integer as the nearest binary
// fraction and not as it was sent.
func showsRounded(text string, v scenarios.Value) bool {
	return !strings.Contains(text, v.Source()) &&
		slices.ContainsFunc(roundings(v), func(w string) bool { return strings.Contains(text, w) })
}

// roundings are the ways in which an integer is written once it was taken for a
// binary fraction; none where that holds it, or is off by less than two: such a
// number may have come about by counting.
func roundings(v scenarios.Value) []string {
	if v.Kind() != scenarios.Number || v.IsExpr() || len(v.Source()) > longestInteger {
		return nil
	}
	exact, ok := new(big.Int).SetString(v.Source(), 10)
	f, _ := strconv.ParseFloat(v.Source(), 64) // an integer of that length has no other fault
	nearest, _ := big.NewFloat(f).Int(nil)
	if !ok || new(big.Int).Sub(exact, nearest).CmpAbs(big.NewInt(1)) <= 0 {
		return nil
	}
	return []string{nearest.String(), strconv.FormatFloat(f, 'f', -1, 64), strconv.FormatFloat(f, 'g', -1, 64)}
}

// promises are the rules about its contents that the answer to a call can break.
func promises(ctx *Context, call scenarios.Call, l scenarios.Label) []string {
	var ids []string
	tool, _ := ctx.Catalog.Tool(call.Tool)
	if l.Want == scenarios.WantReject && l.Basis == schema {
		ids = append(ids, "TOOL-02b")
	}
	if tool.Output != nil {
		ids = append(ids, "TOOL-16")
	}
	for _, m := range call.Args.Members() {
		if roundings(m.Value) != nil && wantsInteger(tool, m.Key) {
			return append(ids, "TOOL-06")
		}
	}
	return ids
}
