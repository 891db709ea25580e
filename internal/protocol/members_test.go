package protocol

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzMembers holds the scan to the decoder of the standard library.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, ` { } `, `{"a":1}`, `{"a" : [1, {"b":"]}"}] , "c\"d":"\\", "a":null}`, `[1,"x",[],{},true]`,
		`"text"`, `7`, `{"\u0061":{"b":[]}}`, "{\"a\":\"\\\\\\\"\",\n\t\"b\":-1e9\r}", "{\"\xff\":1}", `{"a":"\\","b":"\""}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) {
			return // nothing is promised of it
		}
		object, list := map[string]string{}, []string{}
		members(b, func(key, value []byte) {
			if key != nil {
				object[string(key)] = string(value)
			} else {
				list = append(list, string(value))
			}
		})
		wantObject, wantList := map[string]string{}, []string{}
		var m map[string]json.RawMessage
		var l []json.RawMessage
		_, _ = json.Unmarshal(b, &m), json.Unmarshal(b, &l) // one of them fails at least
		for k, v := range m {
			wantObject[k] = string(v)
		}
		for _, v := range l {
			wantList = append(wantList, string(v))
		}
		if !reflect.DeepEqual(object, wantObject) || !reflect.DeepEqual(list, wantList) {
			t.Errorf("%q has %q and %q, want %q and %q", b, object, list, wantObject, wantList)
		}
	})
}
