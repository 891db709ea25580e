package refserver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// reference is a parameter that names a thing of the backend.
func reference() param {
	return param{name: "ref", doc: "The id of what the note is about.", kind: kindString, min: 1, max: maxPath}
}

// consult asks the backend for what a call refers to, so that it knows of it. The id stays
// one part of the address, whatever it is; without the guard of escapes it is written there
// as it came.
func (s *Server) consult(ctx context.Context, raw json.RawMessage) {
	var a arguments
	_ = json.Unmarshal(raw, &a) // what is no object refers to nothing
	id, isText := a["ref"].(string)
	if s.opts.Backend == "" || !isText || id == "" {
		return
	}
	if !s.off["escapes"] {
		if isStep(id) {
			return
		}
		id = url.PathEscape(id)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.opts.Backend+"/api/items/"+id, nil)
	if err != nil {
		return
	}
	if response, err := http.DefaultClient.Do(req); err == nil {
		response.Body.Close()
	}
}

// isStep reports whether a part of a path is a step in it, which it stays however it is
// escaped.
func isStep(part string) bool { return part == "." || part == ".." }
