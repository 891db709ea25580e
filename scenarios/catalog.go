package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Catalog is what a server offers, as it listed it: its tools with their schemas
// compiled, its prompts, its resources. It is immutable and safe for concurrent
// use.
type Catalog struct {
	tools      []Tool
	validators []*validator
	index      map[string]int
	// outputs holds what the results of tools are held to.
	outputs map[string]*validator
	// spellings holds the names without their case and their separators.
	spellings map[string]bool

	prompts     []Prompt
	promptIndex map[string]int
	// resources holds the templates before the others.
	resources     []Resource
	resourceIndex map[string]int
	templates     int
	// offers holds the capabilities that the server declares.
	offers map[string]bool
	// knowsPrompts: the list of prompts was read, so that others are none.
	knowsPrompts bool
	// handles are what was learnt of how tools are called upon what others wrote.
	handles []Handle
}

// Tool is one entry of a tools/list result.
type Tool struct {
	Name, Title, Description string
	// Input and Output are the schemas as published; nil where absent.
	Input, Output json.RawMessage
	Annotations   Annotations
	// Entry is the whole entry as published.
	Entry json.RawMessage
	// Trouble says why the input schema cannot be used ("" when it can): the
	// tool's own fault, reported, and calls to it are labelled WantAny.
	Trouble string
	// Unusable: no call of the tool tells anything, for the reason in Trouble:
	// it has no name, or that of a tool before it, or too many stand before it.
	Unusable bool
}

// A catalogue is read as far as its first tools go that are not more, and not
// longer together, than the largest known ones: each tool costs what it takes
// to compile its schema, and to hold it some 50 times its length.
const (
	maxTools   = 2000
	maxEntries = 4 << 20 // bytes
)

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
// result that holds it, or the whole JSON-RPC response. Beside the tools a result
// may hold the lists of other answers (prompts, resources, resourceTemplates), and
// the capabilities that the server declares; without them it offers what it lists.
// A tool that cannot be used is kept, with its Trouble; that there is no list at
// all is an error.
func ParseCatalog(data []byte) (*Catalog, error) {
	lists, err := listsIn(data)
	if err != nil {
		return nil, err
	}
	c := &Catalog{index: map[string]int{}, outputs: map[string]*validator{}, spellings: map[string]bool{}}
	var tools []json.RawMessage
	if err := json.Unmarshal(lists["tools"], &tools); err != nil && lists["tools"] != nil {
		return nil, fmt.Errorf("read the list of tools: %w", err)
	}
	size, slow := 0, new(strikes)
	for i, raw := range tools {
		if size += len(raw); i >= maxTools || size > maxEntries {
			c.add(beyond(raw), nil)
			continue
		}
		c.add(parseTool(raw, slow))
	}
	c.addFeatures(lists)
	return c, nil
}

// beyond is a tool of which no more than the name is read.
func beyond(raw json.RawMessage) Tool {
	t, _ := readTool(raw)
	return Tool{Name: t.Name, Unusable: true, Trouble: fmt.Sprintf(
		"behind the first %d tools or %d MiB of the list, where no more is read", maxTools, maxEntries>>20)}
}

// listsIn finds the object that holds the lists.
func listsIn(data []byte) (map[string]json.RawMessage, error) {
	data = bytes.TrimSpace(data)
	if isList(data) {
		return map[string]json.RawMessage{"tools": data}, nil
	}
	var holder map[string]json.RawMessage
	if err := json.Unmarshal(data, &holder); err != nil {
		return nil, fmt.Errorf("read the list of tools: %w", err)
	}
	for _, name := range []string{"tools", "prompts", "resources", "resourceTemplates"} {
		if isList(holder[name]) {
			return holder, nil
		}
	}
	if result := holder["result"]; result != nil {
		return listsIn(result)
	}
	return nil, errors.New(`read the list of tools: want {"tools": [...]}, as tools/list answers`)
}

func isList(data json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) }

func parseTool(raw json.RawMessage, slow *strikes) (Tool, *validator) {
	t, err := readTool(raw)
	t.Entry = raw
	switch {
	case err != nil:
		t.Trouble = "its entry in tools/list is not as the protocol says: " + err.Error()
		t.Unusable = t.Name == ""
		return t, nil
	case t.Name == "":
		t.Trouble, t.Unusable = "it has no name", true
		return t, nil
	}
	v, err := compile(t.Input, slow)
	if err != nil {
		t.Trouble = err.Error()
	}
	return t, v
}

// readTool reads an entry of the list as far as it can be read.
func readTool(raw json.RawMessage) (Tool, error) {
	// A map, since a struct would take a member in another case for its own.
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return Tool{}, err
	}
	t := Tool{Input: m["inputSchema"], Output: m["outputSchema"]}
	var failed error
	for _, member := range []struct {
		key string
		to  any
	}{{"name", &t.Name}, {"title", &t.Title}, {"description", &t.Description}, {"annotations", &t.Annotations}} {
		if text := m[member.key]; text != nil {
			if err := json.Unmarshal(text, member.to); err != nil && failed == nil {
				failed = fmt.Errorf("%s: %w", member.key, err)
			}
		}
	}
	return t, failed
}

// add adds a tool. Of several with one name the first is meant; where their
// schemas differ, none can be judged.
func (c *Catalog) add(t Tool, v *validator) {
	const twice = "its name stands twice in the list"
	switch i, has := c.index[t.Name]; {
	case !has:
		c.index[t.Name], c.outputs[t.Name] = len(c.tools), promises(t)
	case !bytes.Equal(c.tools[i].Input, t.Input):
		c.tools[i].Trouble, c.validators[i], c.outputs[t.Name] = twice+", with another schema", nil, nil
		fallthrough
	default:
		t.Trouble, t.Unusable, v = twice, true, nil
	}
	c.spellings[Spelling(t.Name)] = true
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

// List writes the catalogue as {"tools": [...]} with each entry as it was
// published; ParseCatalog reads it again.
func (c *Catalog) List() ([]byte, error) {
	entries := make([]json.RawMessage, 0, c.Len())
	for _, t := range c.Tools() {
		entries = append(entries, t.Entry)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{"tools": entries}); err != nil {
		return nil, fmt.Errorf("write the list of tools: %w", err)
	}
	return b.Bytes(), nil
}

// Digest identifies the names and schemas of the catalogue, and what else the
// server offers.
func (c *Catalog) Digest() string {
	h := sha256.New()
	for _, t := range c.Tools() {
		fmt.Fprintf(h, "%q %s\n", t.Name, t.Input)
	}
	for _, p := range c.Prompts() {
		fmt.Fprintf(h, "prompt %q %v\n", p.Name, p.Arguments)
	}
	for _, r := range c.Resources() {
		fmt.Fprintf(h, "resource %q %v\n", r.URI, r.isMany)
	}
	for _, capability := range capabilities {
		if c != nil && c.offers[capability.name] {
			fmt.Fprintf(h, "offers %s\n", capability.name)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
