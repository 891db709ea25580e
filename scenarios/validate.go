package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// validator judges arguments by one published schema. It is safe for
// concurrent use.
type validator struct {
	*published
	effort
	*strikes
	// schema is the whole contract but formats; formats adds them.
	schema, formats *jsonschema.Schema
}

// compile makes the validator of a published input schema. Nothing is loaded
// from outside the schema: what it refers to there is not judged.
func compile(raw json.RawMessage, strikes *strikes) (*validator, error) {
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, errors.New("it publishes no inputSchema, which must be an object")
	case len(raw) > maxSchemaSize:
		return nil, fmt.Errorf("its inputSchema is %d bytes long, more than the %d that are read", len(raw), maxSchemaSize)
	}
	text, err := ParseJSON(raw)
	switch {
	case err == nil && text.Kind() != Object:
		return nil, fmt.Errorf("its inputSchema is no object but %s", text.Kind())
	case err == nil && text.Depth() > maxSchemaDepth:
		return nil, fmt.Errorf("its inputSchema is nested deeper than %d", maxSchemaDepth)
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("its inputSchema is no JSON: %s", oneLine(err))
	}
	v := &validator{published: readPublished(root), strikes: strikes}
	if v.count > maxSchemas {
		return nil, fmt.Errorf("its inputSchema holds %d schemas, more than %d", v.count, maxSchemas)
	}
	if v.schema, err = v.build(false); err != nil {
		return nil, fmt.Errorf("its inputSchema is no JSON Schema: %s", oneLine(err))
	}
	v.formats = v.schema
	if v.formatted {
		if strict, err := v.build(true); err == nil {
			v.formats = strict
		}
	}
	if s, _ := v.root.(map[string]any); s["type"] != nil && !slices.Contains(typesOf(s), "object") {
		return nil, errors.New("its inputSchema takes no object, which arguments always are")
	}
	return v, nil
}

// A schema that is longer or deeper or holds more is not used: the validator's
// time to compile one grows with the cube of its depth and the square of its
// parts.
const (
	maxSchemaSize  = 1 << 20 // bytes
	maxSchemaDepth = 250
	maxSchemas     = 5000
)

// schemaURL is the name a published schema has while it is compiled.
const schemaURL = "mcpfuzz:///tool"

func (v *validator) build(formats bool) (sch *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			sch, err = nil, fmt.Errorf("the validator gave up: %v", p)
		}
	}()
	c := jsonschema.NewCompiler()
	c.UseLoader(nothing{})
	c.UseRegexpEngine(v.compilePattern)
	c.RegisterFormat(&jsonschema.Format{Name: stepFormat, Validate: v.step})
	c.AssertFormat()
	if !formats {
		c.UseRegexpEngine(v.compileAny)
		for _, name := range formatNames {
			c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
		}
	}
	if err := c.AddResource(schemaURL, counted(v.root)); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL)
}

// compileAny compiles a pattern; what is none matches nothing. Of the schema's
// own patterns those were left out, so it is only met in values whose format
// is "regex", which are not refused for it.
func (s *strikes) compileAny(text string) (jsonschema.Regexp, error) {
	if p, err := s.compilePattern(text); err == nil {
		return p, nil
	}
	return s.compilePattern("(?!)")
}

// formatNames are the formats that are taken out of the contract: what breaks
// one is judged by a hardening rule alone.
var formatNames = []string{
	"json-pointer", "relative-json-pointer", "uuid", "duration", "period", "ipv4", "ipv6", "hostname",
	"email", "date", "time", "date-time", "uri", "iri", "uri-reference", "iri-reference", "uri-template",
	"semver", "idn-email", "idn-hostname",
}

// nothing loads nothing.
type nothing struct{}

func (nothing) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not loaded", url) }

// breaches validates a decoded value, of that many bytes, and lists what it breaks, in a stable
// order. ok is false when the validator could not tell.
func (v *validator) breaches(x any, size int64) (broken []Breach, ok bool) {
	return v.validate(v.schema, x, size)
}

// unformatted lists the formats that a valid value breaks.
func (v *validator) unformatted(x any, size int64) []Breach {
	if v.formats == v.schema {
		return nil
	}
	broken, _ := v.validate(v.formats, x, size)
	return slices.DeleteFunc(broken, func(b Breach) bool { return b.Keyword != "format" })
}

func (v *validator) validate(sch *jsonschema.Schema, x any, size int64) (broken []Breach, ok bool) {
	v.begin(size)
	defer v.end()
	// Some numbers make the validator panic, and so do patterns that cannot be
	// matched and work without end; what it cannot judge is not judged.
	defer func() {
		if recover() != nil {
			broken, ok = nil, false
		}
	}()
	err := sch.Validate(x)
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return nil, err == nil
	}
	if isCircular(failed) {
		return nil, false
	}
	broken = leaves(failed, nil)
	slices.SortFunc(broken, compareBreaches)
	return slices.Compact(broken), true
}

// isCircular reports whether the validator went round in a circle of
// references that no value ends.
func isCircular(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.RefCycle, *kind.InvalidJsonValue:
		return true
	}
	return slices.ContainsFunc(e.Causes, isCircular)
}

func compareBreaches(a, b Breach) int {
	if c := strings.Compare(a.Pointer, b.Pointer); c != 0 {
		return c
	}
	if c := strings.Compare(a.Keyword, b.Keyword); c != 0 {
		return c
	}
	return strings.Compare(a.Detail, b.Detail)
}

// leaves flattens a validation error into what is really broken.
func leaves(e *jsonschema.ValidationError, list []Breach) []Breach {
	// Of the items that are none of those wanted each alone is right.
	if _, whole := e.ErrorKind.(*kind.Contains); !whole && len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			list = leaves(cause, list)
		}
		return list
	}
	at := ""
	for _, token := range e.InstanceLocation {
		at = Pointer(at, token)
	}
	detail := shorten(e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			list = append(list, Breach{Pointer(at, name), "required", "a required property is missing"})
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			list = append(list, Breach{Pointer(at, name), "additionalProperties", "the schema allows no such property"})
		}
	default:
		list = append(list, Breach{at, keyword(e.ErrorKind), detail})
	}
	return list
}

// keyword is the JSON Schema keyword that an error is about.
func keyword(k jsonschema.ErrorKind) string {
	switch k.(type) {
	case *kind.Dependency:
		return "dependencies"
	case *kind.Not:
		return "not"
	case *kind.FalseSchema:
		return "false"
	}
	if path := k.KeywordPath(); len(path) > 0 {
		return path[0]
	}
	return "schema"
}

// maxDetail bounds the text of one breach.
const maxDetail = 200

func shorten(s string) string {
	if len(s) <= maxDetail {
		return s
	}
	return strings.ToValidUTF8(s[:maxDetail], "") + "..."
}

func oneLine(err error) string {
	return shorten(strings.Join(strings.Fields(err.Error()), " "))
}
