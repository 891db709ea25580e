package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// cannedVar, in the environment, makes the program a server that does next to nothing:
// over HTTP/1.1, there also one that stalls or works, or over its standard input and output.
const cannedVar = "MCPFUZZ_BENCH_CANNED"

const (
	overHTTP         = "http"
	overHTTPStalling = "http, stalling"
	overHTTPWorking  = "http, working"
	overStdio        = "stdio"
	overStdioSDK     = "stdio, on the SDK"
)

// One that stalls answers nothing for the first part of each second; one that works takes as
// long for each call.
const (
	stall = 100 * time.Millisecond
	work  = 5 * time.Millisecond
)

// waits is how long a server lets a call wait that came then.
func waits(name string, now time.Time) time.Duration {
	switch name {
	case overHTTPStalling:
		return now.Truncate(time.Second).Add(stall).Sub(now)
	case overHTTPWorking:
		return work
	}
	return 0
}

// cannedHead and cannedTail are what an answer holds before and behind its id.
const (
	cannedHead = `{"jsonrpc":"2.0","id":`
	cannedTail = `,"result":{"content":[{"type":"text","text":"notes"}]}}`
)

// canned is this program as such a server.
func canned(name string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), cannedVar+"="+name)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// startCanned starts the server over HTTP, which lives until stop.
func startCanned(name string) (address string, stop func(), err error) {
	cmd, err := canned(name)
	if err != nil {
		return "", nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start the canned server: %w", err)
	}
	stop = func() {
		in.Close()
		_ = cmd.Wait() // it ends as its input does
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, errors.New("the canned server does not say where it listens")
	}
	return strings.TrimSpace(line), stop, nil
}

// serveCanned is the server.
func serveCanned(name string) error {
	switch name {
	case overStdio:
		return answerLines(os.Stdin, os.Stdout)
	case overStdioSDK:
		return serveSDK()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go answerRequests(conn, name)
	}
}

// answerRequests answers the requests of one connection, whatever they ask.
func answerRequests(conn net.Conn, name string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	var out, body []byte
	for {
		length, err := readHead(in)
		if err != nil {
			return
		}
		body = append(body[:0], make([]byte, length)...)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		if name != overHTTP {
			time.Sleep(waits(name, time.Now()))
		}
		id := idIn(body)
		out = append(out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(cannedHead)+len(id)+len(cannedTail)), 10)
		out = append(append(append(append(out, "\r\n\r\n"...), cannedHead...), id...), cannedTail...)
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// readHead reads the head of a request and returns the length of its body.
func readHead(in *bufio.Reader) (length int, err error) {
	const name = "content-length:"
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return length, nil
		}
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))) // ours are right
		}
	}
}

// idIn is the id that a request was written with.
func idIn(body []byte) []byte {
	const before = `"id":`
	_, rest, _ := bytes.Cut(body, []byte(before))
	end := bytes.IndexAny(rest, ",}")
	return rest[:max(end, 0)]
}

// answerLines answers lines, and writes when nothing more has come.
func answerLines(r io.Reader, w io.Writer) error {
	in, out := bufio.NewReader(r), bufio.NewWriter(w)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil // nobody asks any more
		}
		switch id := idIn(line); {
		case bytes.Contains(line, []byte(`"initialize"`)):
			fmt.Fprintf(out, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"canned","version":"1"}}}`+"\n", id)
		case len(id) > 0:
			fmt.Fprintf(out, "%s%s%s\n", cannedHead, id, cannedTail)
		}
		if in.Buffered() == 0 && out.Flush() != nil {
			return nil
		}
	}
}
