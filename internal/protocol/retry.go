package protocol

import (
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// The members by which a server asks for more, and a client comes again with it
// (2026-07-28, multi round-trip requests).
const (
	inputRequests  = "inputRequests"
	inputResponses = "inputResponses"
	requestState   = "requestState"
)

// Again are the params of a request that comes again, as the reply to it asks and r
// says; false where the reply does not ask, or gave no state to tamper with.
func Again(params scenarios.Value, reply Reply, r scenarios.Retry) (scenarios.Value, bool) {
	body, err := scenarios.ParseJSON(reply.Body)
	if !reply.Asks || err != nil || params.Kind() != scenarios.Object {
		return params, false
	}
	state := body.Member(requestState)
	text, isText := state.Text()
	switch {
	case r.State == scenarios.StateTampered && text == "":
		return params, false
	case r.State == scenarios.StateTampered:
		params = params.With("/"+requestState, scenarios.Str(tampered(text)))
	case r.State != scenarios.StateNone && isText:
		params = params.With("/"+requestState, state)
	}
	var answers []scenarios.Member
	for _, m := range body.Member(inputRequests).Members() {
		schema, _ := m.Value.At("/params/requestedSchema")
		answers = append(answers, scenarios.Member{Key: m.Key, Value: answered(schema, r.Answer)})
	}
	if len(answers) > 0 {
		params = params.With("/"+inputResponses, scenarios.Obj(answers...))
	}
	return params, true
}

// tampered is a text with another character three quarters into it. It is a digit that
// hexadecimal digits and all alphabets of base 32 and 64 have, and that none of them
// takes for another.
func tampered(text string) string {
	at, digit := len(text)*3/4, byte('3')
	if text[at] == digit {
		digit = '4'
	}
	return text[:at] + string(digit) + text[at+1:]
}

// answered is what a user answers to a form: content goes with what is accepted.
func answered(schema scenarios.Value, answer string) scenarios.Value {
	action := answer
	if answer == scenarios.AnswerWrong {
		action = scenarios.AnswerAccept
	}
	members := []scenarios.Member{{Key: "action", Value: scenarios.Str(action)}}
	switch answer {
	case scenarios.AnswerAccept:
		members = append(members, scenarios.Member{Key: "content", Value: filled(schema)})
	case scenarios.AnswerWrong:
		members = append(members, scenarios.Member{Key: "content", Value: scenarios.Str("mcpfuzz")})
	}
	return scenarios.Obj(members...)
}

// filled is a form as a user fills it who agrees: each field with the first value that
// its schema has, which is flat (2026-07-28, elicitation, requested schema).
func filled(schema scenarios.Value) scenarios.Value {
	var content []scenarios.Member
	for _, m := range schema.Member("properties").Members() {
		content = append(content, scenarios.Member{Key: m.Key, Value: first(m.Value)})
	}
	return scenarios.Obj(content...)
}

// first is the first value of a field.
func first(field scenarios.Value) scenarios.Value {
	if choices := field.Member("enum").Items(); len(choices) > 0 {
		return choices[0]
	}
	for _, choice := range field.Member("oneOf").Items() {
		return choice.Member("const")
	}
	switch kind, _ := field.Member("type").Text(); kind {
	case "boolean":
		return scenarios.Of(true)
	case "integer", "number":
		if least := field.Member("minimum"); !least.IsAbsent() {
			return least
		}
		return scenarios.Of(1)
	case "array":
		return scenarios.Arr()
	}
	return scenarios.Str("yes")
}
