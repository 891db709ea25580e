//go:build realservers

package realservers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The size of arguments, in bytes, and their depth up to which ajv is asked; deeper
// JSON our own decoder does not read.
const (
	maxCompared      = 64 << 10
	maxComparedDepth = 10_000
)

// memberTwice is the rule that a label names for members that stand twice.
const memberTwice = "ENV-12"

// comparable is the text of a call's arguments where both validators can tell what
// they are, else the reason why not.
func comparable(c *scenarios.Catalog, sent scenarios.Call, l scenarios.Label) (json.RawMessage, string) {
	_, known := c.Tool(sent.Tool)
	switch {
	case !known:
		return nil, "the tool is not listed"
	case sent.Args.IsAbsent():
		return json.RawMessage("{}"), ""
	case sent.Args.Kind() != scenarios.Object:
		return nil, "the arguments are no object"
	case sent.Args.Size() > maxCompared:
		return nil, fmt.Sprintf("the arguments are larger than %d bytes", maxCompared)
	case sent.Args.Depth() > maxComparedDepth:
		return nil, fmt.Sprintf("the arguments are nested deeper than %d", maxComparedDepth)
	case len(l.Unjudged) > 0 && l.Want != scenarios.WantReject:
		return nil, "our own label leaves open: " + strings.Join(l.Unjudged, ", ")
	case slices.ContainsFunc(l.Loose, func(b scenarios.Breach) bool { return b.Keyword == memberTwice }):
		return nil, "a member stands twice, and which one counts is the server's choice"
	}
	text, err := literal(sent.Args)
	switch {
	case err != nil:
		return nil, err.Error()
	case !doubles(text):
		return nil, "a number that no double holds"
	}
	return text, ""
}

// literal is a value as JSON text, its references by their defaults.
func literal(v scenarios.Value) (json.RawMessage, error) {
	v, err := v.Resolve(func(scenarios.Ref) (scenarios.Value, bool) { return scenarios.Value{}, false })
	if err != nil {
		return nil, err
	}
	text, err := v.AppendJSON(nil)
	if err == nil && !json.Valid(text) {
		return nil, errors.New("the arguments are no JSON")
	}
	return text, err
}

// doubles reports whether each number of a JSON text is what a double is written as.
func doubles(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return true
		}
		if n, ok := token.(json.Number); ok && !isDouble(n.String()) {
			return false
		}
	}
}

// isDouble reports whether a number is written like a double, up to spelling: 0.1
// and 5.0 are, 9007199254740993 and 1e400 are not.
func isDouble(number string) bool {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return false
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	if f == 0 {
		return !strings.ContainsAny(mantissa, "123456789")
	}
	want, ok := new(big.Rat).SetString(number)
	got, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', -1, 64))
	return ok && got.Cmp(want) == 0
}
