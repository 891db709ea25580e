package refserver

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// What there is beside the tools: a prompt, and the notes as resources.
const (
	promptName   = "summarize_note"
	noteScheme   = "note:///"
	noteTemplate = noteScheme + "{id}"
	firstNote    = noteScheme + "1"
)

// styles are the values of the prompt's argument style, levels those of the log.
var (
	styles = []string{"bullets", "long", "short"}
	levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}
)

// noteAddress is what the address of a note looks like.
var noteAddress = regexp.MustCompile(`^note:///[0-9]{1,9}$`)

// form is what the params of a method must be.
type form struct {
	method, guard string
	// problem says what is wrong with them, "" for nothing.
	problem func(params arguments) string
	// mended is what is taken for them where nobody looks: the mistake that the
	// guard prevents.
	mended map[string]any
}

func forms() []form {
	return []form{
		{"prompts/get", "prompts", promptProblem, map[string]any{"name": promptName, "arguments": map[string]any{"id": "1"}}},
		{"resources/read", "resources", addressProblem, map[string]any{"uri": firstNote}},
		{"completion/complete", "completions", completionProblem, map[string]any{
			"ref": map[string]any{"type": "ref/prompt", "name": promptName}, "argument": map[string]any{"name": "style", "value": ""},
		}},
		{"logging/setLevel", "log-levels", levelProblem, map[string]any{"level": "info"}},
	}
}

// inspectForm holds the params of a request to the form that its method demands.
// The SDK would repeat the whole of them in its refusal.
func (s *Server) inspectForm(m map[string]json.RawMessage, method, id string) verdict {
	i := slices.IndexFunc(forms(), func(f form) bool { return f.method == method })
	if i < 0 {
		return verdict{pass: true, id: id}
	}
	f, params := forms()[i], arguments{}
	_ = json.Unmarshal(m["params"], &params) // what is no object has no members
	problem := f.problem(params)
	switch {
	case problem == "":
		return verdict{pass: true, id: id}
	case s.off[f.guard]:
		mended := maps.Clone(params)
		if mended == nil {
			mended = arguments{}
		}
		maps.Copy(mended, f.mended)
		return verdict{pass: true, id: id, frame: withParams(m, mended)}
	}
	return refused(id, s.code(codeParams), problem)
}

func promptProblem(params arguments) string {
	if name, ok := params["name"].(string); !ok || name != promptName {
		return fmt.Sprintf("there is no prompt %s; there is %s", quoted(params.text("name")), promptName)
	}
	given, ok := params["arguments"].(map[string]any)
	if params.has("arguments") && !ok {
		return "the arguments of a prompt must be an object"
	}
	if _, ok := given["id"]; !ok {
		return "the argument id is missing"
	}
	for _, key := range sortedKeys(given) {
		text, isText := given[key].(string)
		switch {
		case key != "id" && key != "style":
			return fmt.Sprintf("%s is no argument; there are id, style", quoted(key))
		case !isText:
			return fmt.Sprintf("the argument %s must be a text", key)
		case key == "style" && !slices.Contains(styles, text):
			return "the argument style must be one of " + strings.Join(styles, ", ")
		}
	}
	return ""
}

func addressProblem(params arguments) string {
	uri, ok := params["uri"].(string)
	switch {
	case !ok:
		return "the uri must be a text"
	case !noteAddress.MatchString(uri):
		return fmt.Sprintf("there is no resource %s; there are %s", quoted(uri), noteTemplate)
	}
	return ""
}

func completionProblem(params arguments) string {
	ref, argument := params.object("ref"), params.object("argument")
	name, isText := argument["name"].(string)
	_, valued := argument["value"].(string)
	var known []string
	switch {
	case ref["type"] == "ref/prompt" && ref["name"] == promptName:
		known = []string{"id", "style"}
	case ref["type"] == "ref/resource" && ref["uri"] == noteTemplate:
		known = []string{"id"}
	default:
		return fmt.Sprintf("there is nothing of that reference; there are the prompt %s and the resources %s", promptName, noteTemplate)
	}
	switch {
	case !isText || !slices.Contains(known, name):
		return "the name of the argument must be one of " + strings.Join(known, ", ")
	case !valued:
		return "the value of the argument must be a text"
	}
	return ""
}

func levelProblem(params arguments) string {
	if level, ok := params["level"].(string); !ok || !slices.Contains(levels, level) {
		return "the level must be one of " + strings.Join(levels, ", ")
	}
	return ""
}

// addFeatures adds the prompt and the resources.
func (s *Server) addFeatures(server *mcp.Server) {
	server.AddPrompt(&mcp.Prompt{Name: promptName, Description: "Summarize one note.", Arguments: []*mcp.PromptArgument{
		{Name: "id", Description: "The number of the note.", Required: true},
		{Name: "style", Description: "How the summary is written."},
	}}, s.prompt)
	server.AddResource(&mcp.Resource{URI: firstNote, Name: "first-note", Description: "The first note.", MIMEType: "application/json"}, s.readNote)
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: noteTemplate, Name: "note", Description: "A note.", MIMEType: "application/json"}, s.readNote)
}

func (s *Server) prompt(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	n, err := numbered(s.book(ctx), req.Params.Arguments["id"])
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("Summarize the note %q (%s):\n\n%s", n.Title, req.Params.Arguments["style"], n.Body)
	return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}}, nil
}

func (s *Server) readNote(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	n, err := numbered(s.book(ctx), strings.TrimPrefix(req.Params.URI, noteScheme))
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("encode the note: %w", err)
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, MIMEType: "application/json", Text: string(text)}}}, nil
}

// numbered is the note of a number that is given as text.
func numbered(b *notebook, text string) (note, error) {
	id, err := strconv.Atoi(text)
	if err != nil {
		return note{}, &jsonrpc.Error{Code: codeParams, Message: fmt.Sprintf("the number of a note must be a number, not %s", quoted(text))}
	}
	n, err := b.get(id)
	if err != nil {
		return note{}, &jsonrpc.Error{Code: codeParams, Message: err.Error()}
	}
	return n, nil
}

// complete offers the values of an argument that start as what is there.
func (s *Server) complete(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	choices := styles
	if req.Params.Argument.Name == "id" {
		choices = nil
		for _, n := range s.book(ctx).find(maxCompletions, hasTag("")) {
			choices = append(choices, strconv.Itoa(n.ID))
		}
	}
	values := []string{}
	for _, choice := range choices {
		if strings.HasPrefix(choice, req.Params.Argument.Value) {
			values = append(values, choice)
		}
	}
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: values}}, nil
}

// maxCompletions is how many values are offered at most, as the protocol has it.
const maxCompletions = 100
