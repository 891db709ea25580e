package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Retry says that a request comes again because the answer to an earlier one asked for
// more (2026-07-28, multi round-trip requests). Where that did not ask, the request is
// not sent. The zero Retry is none.
type Retry struct {
	// Of is the number of the step that was answered by asking, counted from 1.
	Of int
	// Answer is what the user answers: one of the Answer words.
	Answer string
	// State is what becomes of the state that came with the question: one of the State
	// words, "" where it is given back as it came.
	State string
}

// What a user may answer. AnswerWrong accepts with content of another form than was
// asked for.
const (
	AnswerAccept  = "accept"
	AnswerDecline = "decline"
	AnswerCancel  = "cancel"
	AnswerWrong   = "wrong"
)

// What may become of a state: it is left out, or one character of it is another. What
// came without one is not sent with a tampered one.
const (
	StateNone     = "none"
	StateTampered = "tampered"
)

var (
	answerWords = []string{AnswerAccept, AnswerCancel, AnswerDecline, AnswerWrong}
	stateWords  = []string{StateNone, StateTampered}
)

// String is the retry as it stands in a scenario: STEP:ANSWER, or STEP:ANSWER:STATE.
func (r Retry) String() string {
	if r == (Retry{}) {
		return ""
	}
	text := strconv.Itoa(r.Of) + ":" + r.Answer
	if r.State != "" {
		text += ":" + r.State
	}
	return text
}

// parseRetry reads what String writes.
func parseRetry(text string) (Retry, error) {
	of, rest, _ := strings.Cut(text, ":")
	answer, state, hasState := strings.Cut(rest, ":")
	n, err := strconv.Atoi(of)
	switch {
	case err != nil || n < 1 || strconv.Itoa(n) != of:
		return Retry{}, fmt.Errorf("%q names no step; want STEP:ANSWER", text)
	case !slices.Contains(answerWords, answer):
		return Retry{}, fmt.Errorf("%q is none of the answers %s", answer, strings.Join(answerWords, ", "))
	case hasState && !slices.Contains(stateWords, state):
		return Retry{}, fmt.Errorf("%q is none of the states %s", state, strings.Join(stateWords, ", "))
	}
	return Retry{Of: n, Answer: answer, State: state}, nil
}
