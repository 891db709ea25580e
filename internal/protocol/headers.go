package protocol

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The headers of streamable HTTP.
const (
	SessionHeader = "Mcp-Session-Id"
	VersionHeader = "Mcp-Protocol-Version"
	MethodHeader  = "Mcp-Method"
	NameHeader    = "Mcp-Name"
	paramPrefix   = "Mcp-Param-"
)

// Mirror is an argument whose value a header must repeat (x-mcp-header,
// revision 2026-07-28, streamable HTTP).
type Mirror struct {
	// Pointer leads to the argument, Header is the header's whole name.
	Pointer, Header string
}

// Mirrors reads the x-mcp-header annotations of an input schema, ordered by
// pointer.
func Mirrors(schema json.RawMessage) []Mirror {
	var s mirrorSchema
	if json.Unmarshal(schema, &s) != nil {
		return nil
	}
	ms := s.collect("")
	slices.SortFunc(ms, func(a, b Mirror) int { return strings.Compare(a.Pointer, b.Pointer) })
	return ms
}

type mirrorSchema struct {
	Header     json.RawMessage            `json:"x-mcp-header"`
	Properties map[string]json.RawMessage `json:"properties"`
}

func (s mirrorSchema) collect(prefix string) []Mirror {
	var ms []Mirror
	for name, raw := range s.Properties {
		var p mirrorSchema
		if json.Unmarshal(raw, &p) != nil {
			continue
		}
		pointer := prefix + "/" + escapePointer.Replace(name)
		var header string
		if json.Unmarshal(p.Header, &header) == nil && header != "" {
			ms = append(ms, Mirror{Pointer: pointer, Header: paramPrefix + header})
		}
		ms = append(ms, p.collect(pointer)...)
	}
	return ms
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// mirror sets the headers that repeat arguments.
func mirror(h http.Header, ms []Mirror, args scenarios.Value) {
	for _, m := range ms {
		v, ok := args.At(m.Pointer)
		if !ok {
			continue
		}
		if text, ok := headerText(v); ok {
			h.Set(m.Header, encodeHeader(text))
		}
	}
}

// headerText is the canonical text of a value that a header may repeat: a
// string, a boolean, or an integer that a double holds.
func headerText(v scenarios.Value) (string, bool) {
	switch v.Kind() {
	case scenarios.String:
		return v.Text()
	case scenarios.Bool:
		return v.Source(), v.Source() != ""
	case scenarios.Number:
		n, err := strconv.ParseInt(v.Source(), 10, 64)
		return v.Source(), err == nil && n >= -maxSafe && n <= maxSafe
	}
	return "", false
}

const maxSafe = 1<<53 - 1

// encodeHeader writes a value as a header may hold it: as it is when it is
// visible ASCII, else in base64 between marks.
func encodeHeader(s string) string {
	if plainHeader(s) {
		return s
	}
	return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
}

// DecodeHeader returns the value of a header without the encoding that it may
// have; what is not wholly in base64 between the marks is returned as it is.
func DecodeHeader(value string) string {
	text, encoded := strings.CutPrefix(value, "=?base64?")
	text, whole := strings.CutSuffix(text, "?=")
	b, err := base64.StdEncoding.DecodeString(text)
	if !encoded || !whole || err != nil {
		return value
	}
	return string(b)
}

func plainHeader(s string) bool {
	if s == "" || strings.TrimSpace(s) != s || strings.HasPrefix(s, "=?") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// metadataParameter is the parameter of a challenge that says where it stands how keys are
// used and got (RFC 9728, 5.1).
var metadataParameter = regexp.MustCompile(`(?i)\bresource_metadata\s*=\s*(?:"([^"]*)"|([^\s",]+))`)

// ChallengeHeader tells who is refused for want of a key what it lacks.
const ChallengeHeader = "WWW-Authenticate"

// ResourceMetadata is the address of the document to which the challenges of a response
// point, "" for none.
func ResourceMetadata(h http.Header) string {
	found := metadataParameter.FindStringSubmatch(strings.Join(h.Values(ChallengeHeader), ", "))
	if found == nil {
		return ""
	}
	return found[1] + found[2]
}

// HeaderOf makes a header of "Name: value" lines.
func HeaderOf(lines []string) http.Header {
	h := http.Header{}
	applyHeaders(h, lines)
	return h
}

// applyHeaders sets "Name: value" lines on h: the first line of a name replaces
// the default, later ones are added, an empty value removes it.
func applyHeaders(h http.Header, lines []string) {
	given := make(map[string]bool, len(lines))
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case value == "":
			h[name] = nil
		case given[name]:
			h[name] = append(h[name], value)
		default:
			h[name] = []string{value}
		}
		given[name] = true
	}
}
