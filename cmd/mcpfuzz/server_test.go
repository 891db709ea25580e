package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
)

// fakeServer is the program "server" of the scripts: a small hand-written MCP
// server of revision 2025-11-25 on stdio or HTTP. Its tools take one text, or
// nothing.
type fakeServer struct {
	tools json.RawMessage
	names map[string]bool
	// reject: no call is valid enough. trace: every call fails with a stack.
	// flaky: every second call over HTTP fails. mute: calls get no answer.
	reject, trace, flaky, mute bool
	count                      atomic.Int64
	// key is the one that is let in over HTTP, "" for any.
	key string
	// leaks are texts that refusals show, noise is what stands on the output
	// before them.
	leaks []string
	noise string
	// calls takes the name of every tool that is called.
	calls *os.File
}

const echoTool = `[{"name":"echo","description":"Says it again.","inputSchema":{"type":"object","properties":{"text":{"type":"string","maxLength":1000,"description":"What is said."}},"additionalProperties":false},"annotations":{"readOnlyHint":true}}]`

func serverMain() {
	s := &fakeServer{names: map[string]bool{}}
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	tools := flags.String("tools", "", "the file that holds the list of tools")
	leak := flags.String("leak", "", "the variables whose values refusals show, separated by commas")
	calls := flags.String("calls", "", "the file that the names of called tools are added to")
	pids := flags.String("pids", "", "the file that the id of the process is added to")
	huge := flags.Bool("huge", false, "list a tool with a name of 1 MiB too")
	listen := flags.String("listen", "", "the address to serve HTTP at")
	noise := flags.String("noise", "", "the variable whose value is printed before refusals")
	flags.String("api-key", "", "a key")
	require := flags.String("require", "", "the variable whose value is the key that is let in over HTTP")
	flags.BoolVar(&s.reject, "reject", false, "refuse every call")
	flags.BoolVar(&s.trace, "trace", false, "fail every call with a stack trace")
	flags.BoolVar(&s.flaky, "flaky", false, "fail every second call")
	flags.BoolVar(&s.mute, "mute", false, "answer no call")
	// The set ends the program on an error.
	_ = flags.Parse(os.Args[1:])
	s.load(*tools)
	s.key = os.Getenv(*require)
	if *huge {
		name := strings.Repeat("x", 1<<20)
		s.names[name] = true
		s.tools = append(s.tools[:len(s.tools)-1], `,{"name":"`+name+`","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}]`...)
	}
	for _, name := range strings.FieldsFunc(*leak, func(r rune) bool { return r == ',' }) {
		s.leaks = append(s.leaks, os.Getenv(name))
		// What a careless server prints when it starts.
		fmt.Fprintf(os.Stderr, "starting with %q\n", os.Getenv(name))
	}
	if *noise != "" {
		s.noise = strings.Repeat("log ", 17) + os.Getenv(*noise)
	}
	if len(s.leaks) > 0 {
		s.leaks = append(s.leaks, strings.Join(os.Args, " "), *calls)
	}
	s.calls = appendTo(*calls)
	fmt.Fprintln(appendTo(*pids), os.Getpid())
	if *listen != "" {
		s.serveHTTP(*listen)
		return
	}
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if answer := s.answer(line, s.leaks); answer != "" {
			fmt.Println(answer)
		}
		if err != nil {
			return
		}
	}
}

func (s *fakeServer) load(tools string) {
	s.tools = json.RawMessage(echoTool)
	if tools != "" {
		data, err := os.ReadFile(tools)
		if err != nil {
			panic(err)
		}
		var list bytes.Buffer
		if err := json.Compact(&list, data); err != nil {
			panic(err)
		}
		s.tools = list.Bytes()
	}
	var list []struct{ Name string }
	if err := json.Unmarshal(s.tools, &list); err != nil {
		panic(err)
	}
	for _, t := range list {
		s.names[t.Name] = true
	}
}

func appendTo(path string) *os.File {
	if path == "" {
		path = os.DevNull
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	return f
}

// serveHTTP shows in refusals how it was called.
func (s *fakeServer) serveHTTP(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	err = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if s.key != "" && r.Header.Get("Authorization") != "Bearer "+s.key {
			// As a server in development does that shows all it was sent.
			http.Error(w, fmt.Sprintf("%s is not %s: %v %s %s %s", r.URL, s.key, r.Header, body,
				strings.ToUpper(s.key), base64.StdEncoding.EncodeToString([]byte(s.key))), http.StatusUnauthorized)
			fmt.Fprintf(os.Stderr, "not %s\n", s.key)
			return
		}
		leaks := append([]string{r.Header.Get("X-Test-Key"), r.Header.Get("Authorization"), r.URL.String()}, s.leaks...)
		answer := s.answer(body, leaks)
		if answer == "" {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, answer)
	}))
	panic(err)
}

// answer is the reply to one frame, "" for none.
func (s *fakeServer) answer(frame []byte, leaks []string) string {
	var m map[string]json.RawMessage
	if len(bytes.TrimSpace(frame)) == 0 {
		return ""
	}
	if !json.Valid(frame) {
		return refusal("null", -32700, "no JSON")
	}
	if json.Unmarshal(frame, &m) != nil || m == nil {
		return refusal("null", -32600, "no object")
	}
	var version, method string
	id := string(m["id"])
	switch {
	case m["method"] == nil && (m["result"] != nil || m["error"] != nil):
		return ""
	case m["id"] != nil && !soundID.MatchString(id):
		return refusal("null", -32600, "no id")
	case json.Unmarshal(m["jsonrpc"], &version) != nil || version != "2.0" || json.Unmarshal(m["method"], &method) != nil:
		return refusal(cmp.Or(id, "null"), -32600, "no request")
	case id == "":
		return ""
	}
	return s.result(id, method, m["params"], leaks)
}

var soundID = regexp.MustCompile(`^(-?[0-9]+|".*")$`)

func refusal(id string, code int, message string) string {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, text)
}

// result is the reply to a request.
func (s *fakeServer) result(id, method string, params json.RawMessage, leaks []string) string {
	result := func(text string) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, text) }
	switch method {
	case "initialize":
		return result(`{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"fake","version":"1"}}`)
	case "ping":
		return result("{}")
	case "tools/list":
		return result(`{"tools":` + string(s.tools) + `}`)
	case "tools/call":
	default:
		return refusal(id, -32601, "no such method")
	}
	var call struct {
		Name      string
		Arguments json.RawMessage
	}
	err := json.Unmarshal(params, &call)
	fmt.Fprintln(s.calls, call.Name)
	switch {
	case s.mute:
		return ""
	case s.flaky && s.count.Add(1)%2 == 0:
		return refusal(id, -32603, "now and then")
	case s.trace:
		return refusal(id, -32603, "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/app/main.go:7 +0x1d")
	case err != nil || s.reject || !s.names[call.Name] || !oneText(call.Arguments):
		if s.noise != "" {
			fmt.Println(s.noise)
		}
		return refusal(id, -32602, "invalid arguments "+strings.Join(leaks, " "))
	}
	return result(`{"content":[{"type":"text","text":"done"}]}`)
}

// oneText reports whether arguments are no more than a text.
func oneText(arguments json.RawMessage) bool {
	var args map[string]any
	if len(arguments) > 0 && json.Unmarshal(arguments, &args) != nil {
		return false
	}
	for key, value := range args {
		text, isText := value.(string)
		if key != "text" || !isText || len(text) > 1000 {
			return false
		}
	}
	return string(arguments) != "null"
}
