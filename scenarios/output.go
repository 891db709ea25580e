package scenarios

import "encoding/json"

// Conforms validates the structured content of a tool's result (raw JSON, nil for
// none) against the output schema that the tool publishes, formats aside, and
// lists what it breaks in a stable order. judged is false where that cannot be
// told: there is no such schema, it cannot be used, or the content is too large.
func (c *Catalog) Conforms(tool string, content json.RawMessage) (broken []Breach, judged bool) {
	if c == nil || c.outputs[tool] == nil {
		return nil, false
	}
	if content == nil {
		return []Breach{{Keyword: "required", Detail: "there is no structured content"}}, true
	}
	v, err := ParseJSON(content)
	if err != nil || v.outsized() {
		return nil, false
	}
	x, err := v.Decode(maxJudged)
	if err != nil {
		return nil, false
	}
	return c.outputs[tool].breaches(x, v.Size())
}

// promises compiles a tool's output schema; nil where there is none that can be
// used.
func promises(t Tool) *validator {
	if t.Output == nil || t.Trouble != "" {
		return nil
	}
	v, err := compile(t.Output, new(strikes))
	if err != nil {
		return nil
	}
	return v
}
