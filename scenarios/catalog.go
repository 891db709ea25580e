package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Catalog is the tools of a server as it listed them, with their schemas
// compiled. It is immutable and safe for concurrent use.
type Catalog struct {
	tools      []Tool
	validators []*validator
	index      map[string]int
}

// Tool is one entry of a tools/list result.
type Tool struct {
	Name, Title, Description string
	// Input and Output are the schemas as published; nil where absent.
	Input, Output json.RawMessage
	Annotations   Annotations
	// Trouble says why the input schema cannot be used ("" when it can): the
	// tool's own fault, reported, and calls to it are labelled WantAny.
	Trouble string
}

// Annotations are a tool's hints; nil where the server gives none.
type Annotations struct {
	ReadOnly    *bool `json:"readOnlyHint"`
	Destructive *bool `json:"destructiveHint"`
	Idempotent  *bool `json:"idempotentHint"`
	OpenWorld   *bool `json:"openWorldHint"`
}

// IsReadOnly reports whether the tool is marked readOnlyHint: true.
func (t Tool) IsReadOnly() bool {
	return t.Annotations.ReadOnly != nil && *t.Annotations.ReadOnly
}

// ParseCatalog reads the tools of a tools/list answer: the array itself, the
// result that holds it, or the whole JSON-RPC response. A tool that cannot be
// used is kept, with its Trouble; that there is no list at all is an error.
func ParseCatalog(data []byte) (*Catalog, error) {
	list, err := toolList(data)
	if err != nil {
		return nil, err
	}
	c := &Catalog{index: map[string]int{}}
	for _, raw := range list {
		c.add(parseTool(raw))
	}
	return c, nil
}

func toolList(data []byte) ([]json.RawMessage, error) {
	var list []json.RawMessage
	data = bytes.TrimSpace(data)
	if bytes.HasPrefix(data, []byte("[")) {
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, fmt.Errorf("read the list of tools: %w", err)
		}
		return list, nil
	}
	var holder struct {
		Tools  *[]json.RawMessage `json:"tools"`
		Result json.RawMessage    `json:"result"`
	}
	switch err := json.Unmarshal(data, &holder); {
	case err != nil:
		return nil, fmt.Errorf("read the list of tools: %w", err)
	case holder.Tools != nil:
		return *holder.Tools, nil
	case holder.Result != nil:
		return toolList(holder.Result)
	}
	return nil, errors.New(`read the list of tools: want {"tools": [...]}, as tools/list answers`)
}

func parseTool(raw json.RawMessage) (Tool, *validator) {
	var entry struct {
		Name        string          `json:"name"`
		Title       string          `json:"title"`
		Description string          `json:"description"`
		Input       json.RawMessage `json:"inputSchema"`
		Output      json.RawMessage `json:"outputSchema"`
		Annotations Annotations     `json:"annotations"`
	}
	if err := json.Unmarshal(raw, &entry); err != nil {
		return Tool{Name: entry.Name, Input: entry.Input, Trouble: "its entry in tools/list is not as the protocol says: " + err.Error()}, nil
	}
	t := Tool{
		Name: entry.Name, Title: entry.Title, Description: entry.Description,
		Input: entry.Input, Output: entry.Output, Annotations: entry.Annotations,
	}
	if t.Name == "" {
		t.Trouble = "it has no name"
		return t, nil
	}
	v, err := compile(t.Input)
	if err != nil {
		t.Trouble = err.Error()
	}
	return t, v
}

func (c *Catalog) add(t Tool, v *validator) {
	if _, has := c.index[t.Name]; !has {
		c.index[t.Name] = len(c.tools)
	}
	c.tools = append(c.tools, t)
	c.validators = append(c.validators, v)
}

// Tools returns the tools in the order of the list; it must not be modified.
func (c *Catalog) Tools() []Tool {
	if c == nil {
		return nil
	}
	return c.tools
}

// Tool returns the first tool with that name.
func (c *Catalog) Tool(name string) (Tool, bool) {
	if c == nil {
		return Tool{}, false
	}
	i, ok := c.index[name]
	if !ok {
		return Tool{}, false
	}
	return c.tools[i], true
}

// Len returns the number of tools.
func (c *Catalog) Len() int { return len(c.Tools()) }

// Digest identifies the names and schemas of the catalogue.
func (c *Catalog) Digest() string {
	h := sha256.New()
	for _, t := range c.Tools() {
		fmt.Fprintf(h, "%q %s\n", t.Name, t.Input)
	}
	return hex.EncodeToString(h.Sum(nil))
}
