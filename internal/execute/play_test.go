package execute_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

func TestCancelledCallMayStayWithoutAnswer(t *testing.T) {
	const steps = "call work {}\ncancel 1\ncall work {}\n"
	for _, tc := range []struct {
		name, want string
		react      func() func(incoming) []string
	}{
		{"obeyed", "silent silent accepted; alive", func() func(incoming) []string {
			calls := 0
			return func(m incoming) []string {
				if calls++; calls < 3 {
					return nil
				}
				return []string{result(m, "{}")}
			}
		}},
		{"too late", "accepted silent accepted; alive", func() func(incoming) []string {
			return func(m incoming) []string {
				if m.ID == nil {
					return nil
				}
				return []string{result(m, "{}")}
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := told(playScripted(t, steps, tc.react())); got != tc.want {
				t.Errorf("told %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAnswerUnderForeignIDIsToldBesideTheRightOne(t *testing.T) {
	o := playScripted(t, "call work {}\n", func(m incoming) []string {
		return []string{result(incoming{ID: json.RawMessage(`"nobody's"`)}, "{}"), result(m, "{}")}
	})
	if got, want := told(o), "accepted; alive; 1 under a foreign id"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestNothingIsSentAfterAnAnswerThatDidNotCome(t *testing.T) {
	s := session(t, scripted(func(incoming) []string { return nil }))
	c := parse(t, "call work {}\ncall work {}\n")
	c.Deadline = short
	if o := s.Play(t.Context(), c, nil, 0); told(o) != "dropped; alive" {
		t.Errorf("told %q, want one call that was dropped", told(o))
	}
}

func TestLateAnswerIsToldFromALostOne(t *testing.T) {
	var kept []incoming
	react := func(m incoming) []string {
		if kept = append(kept, m); len(kept) == 1 {
			return nil
		}
		return []string{result(kept[0], "{}"), result(m, "{}")}
	}
	s := session(t, scripted(react))
	c := parse(t, "call slow {}\n")
	c.Deadline = short
	if o := s.Play(t.Context(), c, nil, 0); told(o) != "dropped; alive" {
		t.Fatalf("told %q", told(o))
	}
	o := s.Play(t.Context(), parse(t, "call quick {}\n"), nil, 0)
	if told(o) != "accepted; alive" || len(o.Overdue) != 1 || o.Overdue[0] != "slow" {
		t.Errorf("told %q, overdue %q; want the answer of slow to be overdue", told(o), o.Overdue)
	}
}

func TestStepsTakeWhatEarlierAnswersHeld(t *testing.T) {
	react := func(m incoming) []string {
		if strings.Contains(string(m.Params), `"make"`) {
			return []string{result(m, `{"made":{"id":17}}`)}
		}
		return []string{result(m, string(m.Params))}
	}
	o := playScripted(t, `call make {}`+"\n"+`call take {"id": {"$from": "1/made/id"}}`+"\n", react)
	if body := string(o.Seen[1].Answers[0].Reply.Body); !strings.Contains(body, `"id":17`) {
		t.Errorf("what came back is %s, want the id 17 in it", body)
	}
}

func TestScriptedAnswerIsWhatTheServerGets(t *testing.T) {
	var call incoming
	o := playScripted(t, `answer sampling/createMessage {"role": "assistant"}`+"\ncall ask {}\n", func(m incoming) []string {
		if m.Method == "tools/call" {
			call = m
			return []string{`{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{}}`}
		}
		return []string{result(call, string(m.Result))}
	})
	if told(o) != "accepted; alive" || !strings.Contains(string(o.Seen[0].Answers[0].Reply.Body), `"assistant"`) {
		t.Errorf("told %q: %+v", told(o), o.Seen)
	}
}

func TestStepsThatCannotBePlayedAreSaid(t *testing.T) {
	for steps, want := range map[string]string{
		"revoke bob\n":              `needs the identity "bob"`,
		"cancel 1\n":                "cancels step 1, which sent no request",
		"call a {}\ndisconnect 1\n": "closes the connection of step 1, which has none of its own",
		`call work {"id": {"$from": "1/id"}}` + "\n": "$from",
		"call work as=bob {}\n":                      `needs the identity "bob"`,
		"call work session=second {}\n":              `needs a session "second"`,
		"gen P1 2\n":                                 "needs expanding",
	} {
		if o := playScripted(t, steps, func(incoming) []string { return nil }); !strings.Contains(o.CannotRun, want) {
			t.Errorf("of %q is said %q, want %q", steps, o.CannotRun, want)
		}
	}
}

func TestNamedSessionIsOpenedAndUsed(t *testing.T) {
	o := playScripted(t, "open session=second\npause 1ms\ncall work session=second {}\n", func(m incoming) []string {
		return []string{result(m, "{}")}
	})
	if told(o) != "accepted; alive" {
		t.Errorf("told %q", told(o))
	}
}

// Who does not read must not hold up who writes.
func TestServerThatReadsNothingIsGivenUp(t *testing.T) {
	deaf := func(ctx context.Context, _ io.ReadWriteCloser) error {
		<-ctx.Done()
		return nil
	}
	set := settings(t, "2025-11-25")
	set.Deadline = short
	_, err := execute.Dial(t.Context(), transport.InMemory(deaf), set)
	if !errors.Is(err, execute.ErrNoAnswer) {
		t.Errorf("the error is %v, want that no answer came", err)
	}
}

// standingSession opens a session with an HTTP server that answers requests, and
// leaves to react what it handles.
func standingSession(t *testing.T, react func(http.ResponseWriter, *http.Request, incoming) bool) *execute.Session {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m incoming
		_ = json.NewDecoder(r.Body).Decode(&m) // a GET and a DELETE have no body
		switch {
		case react(w, r, m):
		case m.ID != nil:
			w.Header().Set("Mcp-Session-Id", "the-session")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintln(w, result(m, `{"protocolVersion":"2025-11-25"}`))
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	t.Cleanup(server.Close)
	s, err := execute.Dial(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), settings(t, "2025-11-25"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A server that stands may bound how many sessions it keeps.
func TestSessionOfAServerThatStandsIsEnded(t *testing.T) {
	ended := make(chan string, 1)
	standingSession(t, func(_ http.ResponseWriter, r *http.Request, _ incoming) bool {
		if r.Method == http.MethodDelete {
			ended <- r.Header.Get("Mcp-Session-Id")
		}
		return false
	}).Close()
	select {
	case id := <-ended:
		if id != "the-session" {
			t.Errorf("the session %q was ended", id)
		}
	default:
		t.Error("no session was ended")
	}
}

// A server may end the stream of a response early and be asked for the rest.
func TestStreamThatEndsEarlyIsResumed(t *testing.T) {
	var pending incoming
	s := standingSession(t, func(w http.ResponseWriter, r *http.Request, m incoming) bool {
		w.Header().Set("Content-Type", "text/event-stream")
		switch {
		case r.Method == http.MethodGet && r.Header.Get("Last-Event-ID") == "event-1":
			fmt.Fprintf(w, "id: event-2\ndata: %s\n\n", result(pending, "{}"))
		case m.Method == "tools/call":
			pending = m
			fmt.Fprint(w, "id: event-1\nretry: 10\ndata: \n\n")
		default:
			return false
		}
		return true
	})
	defer s.Close()
	if o := s.Play(t.Context(), parse(t, "call work {}\n"), nil, 0); told(o) != "accepted; alive" {
		t.Errorf("told %q, want the call to be answered", told(o))
	}
}

// A stream that a client may listen on stays open; that it was opened is the
// answer to who asks for nothing else.
func TestOpenedStreamIsNotWaitedFor(t *testing.T) {
	asked := make(chan string, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method
		if r.Method != http.MethodGet {
			var m incoming
			_ = json.NewDecoder(r.Body).Decode(&m)
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, result(m, `{"protocolVersion":"2025-11-25"}`))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	s, err := execute.Dial(t.Context(), transport.HTTP(server.URL, transport.HTTPOptions{}), settings(t, "2025-11-25"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	o := s.Play(t.Context(), parse(t, "raw verb=GET \"\"\n"), nil, 0)
	if seen := o.Seen[0]; len(seen.Answers) != 1 || seen.Answers[0].Frame.Status != http.StatusOK || seen.Expired {
		t.Errorf("seen %+v, want the head of a stream", seen)
	}
	if told(o) != "silent; alive" {
		t.Errorf("told %q", told(o))
	}
}
