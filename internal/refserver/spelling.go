package refserver

import (
	"encoding/json"
	"maps"
	"strings"
)

// loosely is a message with its members, and those of a call's params, under the
// names that a careless reader takes them for, and whether that is another message:
// the mistake that the spelling guard prevents.
func loosely(m map[string]json.RawMessage) (map[string]json.RawMessage, bool) {
	loose, changed := respelt(m, "jsonrpc", "id", "method", "params")
	var params map[string]json.RawMessage
	if json.Unmarshal(loose["params"], &params) == nil {
		if inner, also := respelt(params, "name", "arguments"); also {
			loose["params"], _ = json.Marshal(inner) // the members are JSON
			changed = true
		}
	}
	return loose, changed
}

// respelt is an object in which those of some names that are there in another case
// only, or with a NUL behind, stand as they should, and whether any did not.
func respelt[V any](m map[string]V, names ...string) (map[string]V, bool) {
	loose, changed := maps.Clone(m), false
	for _, name := range names {
		for key, v := range m {
			spelt, _, _ := strings.Cut(key, "\x00")
			if _, has := m[name]; !has && strings.EqualFold(spelt, name) {
				delete(loose, key)
				loose[name], changed = v, true
			}
		}
	}
	return loose, changed
}
