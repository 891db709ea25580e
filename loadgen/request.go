package loadgen

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Ids are numbers of one width, so that they are patched in place, apart from those of
// the handshake, and within 32 bits, in which some servers keep them.
const (
	firstID = 1_000_000_000
	idWidth = len("1000000000")
)

// template is the bytes of a call, in which only the id changes.
type template struct {
	// tool is the number of the tool whose call it is, kind that of the mistake in it, 0 for
	// none.
	tool, kind int
	// next is the number of the template that follows where the call is refused, or fails; 0
	// for none.
	next  int
	bytes []byte
	// id is where the id stands, body how many bytes the body has, which ends the others.
	id, body int
}

// request writes the call under an id behind what buf holds.
func (t template) request(buf []byte, id int64) []byte {
	start := len(buf)
	buf = append(buf, t.bytes...)
	writeID(buf[start+t.id:start+t.id+idWidth], id)
	return buf
}

// writeID writes an id of the usual width.
func writeID(at []byte, id int64) {
	for i := idWidth - 1; i >= 0; i-- {
		at[i] = byte('0' + id%10)
		id /= 10
	}
}

// readID reads an id of the usual width.
func readID(text []byte) (id int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		id = 10*id + int64(c-'0')
	}
	return id, len(text) == idWidth
}

// workload is what calls are made of. It is immutable.
type workload struct {
	// The first templates are of right calls, so many.
	templates []template
	right     int
	// tools are their names in order; a template knows the number of its own.
	tools []string
	// kinds is how many kinds of calls there are: right ones, and the mistakes.
	kinds int
}

// newWorkload writes the calls of a session and those of the traffic behind them, for HTTP if
// a URL is given.
func newWorkload(s protocol.Session, calls []scenarios.Call, t *Traffic, at *url.URL) (workload, error) {
	w := workload{right: len(calls), kinds: 1}
	for _, call := range calls {
		if err := w.add(s, turn{call: call, tool: call.Tool}, at); err != nil {
			return w, err
		}
	}
	if t == nil {
		return w, nil
	}
	w.kinds = len(t.kinds)
	for _, turn := range t.turns[1:] {
		if turn.next > 0 {
			turn.next += w.right - 1
		}
		if err := w.add(s, turn, at); err != nil {
			return w, err
		}
	}
	return w, nil
}

// add writes a call.
func (w *workload) add(s protocol.Session, of turn, at *url.URL) error {
	of.call.ID = ""
	t, err := newTemplate(s, of.call, at)
	if err != nil {
		return fmt.Errorf("write a call of %q: %w", of.call.Tool, err)
	}
	if t.tool = slices.Index(w.tools, of.tool); t.tool < 0 {
		t.tool = len(w.tools)
		w.tools = append(w.tools, of.tool)
	}
	t.kind, t.next = of.kind, of.next
	w.templates = append(w.templates, t)
	return nil
}

func newTemplate(s protocol.Session, call scenarios.Call, at *url.URL) (template, error) {
	id := strconv.Itoa(firstID)
	m, err := s.Encode(call, id)
	if err != nil {
		return template{}, err
	}
	var body bytes.Buffer
	if _, err := m.Body.WriteTo(&body); err != nil {
		return template{}, err
	}
	// The id is written before anything that a tool or a value may hold.
	where := bytes.Index(body.Bytes(), []byte(id))
	if where < 0 {
		return template{}, errors.New("it has no id")
	}
	if at == nil {
		body.WriteString(m.End)
		return template{bytes: body.Bytes(), id: where, body: body.Len()}, nil
	}
	head, err := headOf(http.MethodPost, at, m.Header, body.Len())
	if err != nil {
		return template{}, err
	}
	return template{bytes: append(head, body.Bytes()...), id: len(head) + where, body: body.Len()}, nil
}

// headOf writes the head of a request.
func headOf(verb string, at *url.URL, header http.Header, length int) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", verb, at.RequestURI(), at.Host)
	if verb == http.MethodPost {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	if password, has := at.User.Password(); has || at.User.Username() != "" {
		given := base64.StdEncoding.EncodeToString([]byte(at.User.Username() + ":" + password))
		if header.Get("Authorization") == "" {
			fmt.Fprintf(&b, "Authorization: Basic %s\r\n", given)
		}
	}
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			if strings.ContainsAny(name+value, "\r\n\x00") {
				return nil, fmt.Errorf("the header %q holds a line break", name)
			}
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	return []byte(b.String() + "\r\n"), nil
}
