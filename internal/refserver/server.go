package refserver

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Options are how a reference server is made.
type Options struct {
	// Without names the guards to switch off; "all" for every one.
	Without []string
	// Root is the folder that notes are exported to; "" for a scratch folder
	// that Close removes.
	Root string
	// Secret is shown in errors where the errors guard is off, so that a leak
	// can be proved.
	Secret string
	// Backend is the address of the server that notes refer to things of; "" for none.
	Backend string
	// Keys are the clients that are served over HTTP; empty for everybody.
	Keys []Key
	// Limits bound how often the server is called over HTTP, Work is how long each call of
	// a tool takes longer than it does.
	Limits Limits
	Work   time.Duration
	// Log takes what the server says about itself; nil for nothing.
	Log io.Writer
}

// Server is one reference server. It is safe for concurrent use.
type Server struct {
	opts    Options
	off     off
	root    *os.Root
	books   *books
	scratch string
	log     *log.Logger
	desk    desk
	// told: all notes were told at once, which is enough to see that they may be.
	told atomic.Bool
	// exported are the names of the files that were asked for.
	exported names
	// stuck is locked for ever by work without bound, and by each frame in
	// passing.
	stuck sync.Mutex
	table table
	// lists counts the lists of tools that were undressed, opened the sessions over
	// HTTP whose ids are counted.
	lists, opened atomic.Int64
	// listeners are the sessions that lists were made in, listings how many were begun.
	listeners turns
	listings  atomic.Int64
	// slips are given out with questions.
	slips *slips
	// asked counts the times that there was something to ask the client first.
	asked atomic.Int64
	// stray writes a line to the output that is no message.
	stray func(string)
	// clients are those that have a key.
	clients *clients
	door    *door
	// shared is what every answer has in common once a caller has put it there.
	shared atomic.Pointer[map[string]any]
}

// names are names that were used. It is safe for concurrent use.
type names struct {
	mu   sync.Mutex
	used map[string]bool
}

// add reports whether a name was used before.
func (n *names) add(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.used[name]
	if n.used == nil {
		n.used = map[string]bool{}
	}
	n.used[name] = true
	return before
}

// desk is where calls without isolation put what they work on.
type desk struct {
	mu   sync.Mutex
	note note
}

// New makes a server. Close must be called in the end.
func New(opts Options) (*Server, error) {
	set, err := without(opts.Without)
	if err != nil {
		return nil, err
	}
	s := &Server{opts: opts, off: set, slips: newSlips(), stray: func(string) {}, log: log.New(io.Discard, "", 0), clients: newClients(opts.Keys), door: newDoor(opts.Limits)}
	if opts.Log != nil {
		s.log = log.New(opts.Log, "", 0)
	}
	dir := opts.Root
	if dir == "" {
		if dir, err = os.MkdirTemp("", "mcpfuzz-notes-"); err != nil {
			return nil, fmt.Errorf("make a scratch folder: %w", err)
		}
		s.scratch = dir
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the export folder: %w", err)
	}
	s.root, s.books = root, newBooks(root, set)
	return s, nil
}

// Close ends the server and removes its scratch folder.
func (s *Server) Close() error {
	err := s.root.Close()
	if s.scratch != "" {
		err = errors.Join(err, os.RemoveAll(s.scratch))
	}
	return err
}

// MCP makes the server that the SDK runs: the tools with their argument
// guards, without the guards of frames.
func (s *Server) MCP() *mcp.Server {
	opts := &mcp.ServerOptions{
		Capabilities: &mcp.ServerCapabilities{
			Tools: &mcp.ToolCapabilities{}, Prompts: &mcp.PromptCapabilities{}, Resources: &mcp.ResourceCapabilities{},
			Completions: &mcp.CompletionCapabilities{},
			//lint:ignore SA1019 the revisions before 2026-07-28 have it
			Logging: &mcp.LoggingCapabilities{},
		},
		CompletionHandler: s.complete, PageSize: pageSize,
	}
	if s.off["sessions"] {
		opts.GetSessionID = func() string { return fmt.Sprintf("session-%d", s.opened.Add(1)) }
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "mcpfuzz-notes", Version: "1"}, opts)
	for _, t := range s.served() {
		server.AddTool(s.entry(t), s.handler(t))
	}
	s.addFeatures(server)
	server.AddReceivingMiddleware(introduced, s.concealed, s.named)
	return server
}

// pageSize is how many things one page of a list holds.
const pageSize = 5

// entry is a tool as it is listed.
func (s *Server) entry(t tool) *mcp.Tool {
	entry := &mcp.Tool{
		Name: t.name, Description: t.doc,
		InputSchema: param{kind: kindObject, fields: t.params, careless: t.careless}.published(),
	}
	if t.output != nil {
		entry.OutputSchema = t.output
	}
	if !t.careless {
		destroys := t.destroys && !s.off["catalogue"]
		entry.Annotations = &mcp.ToolAnnotations{ReadOnlyHint: t.readOnly, DestructiveHint: &destroys}
	}
	return entry
}

// busy is work without end, of the kind that stops everything.
func (s *Server) busy() {
	s.stuck.Lock()
	select {}
}
