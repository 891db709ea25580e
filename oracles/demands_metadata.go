package oracles

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// metadataDemands are those of the document to which a refusal for want of a key points.
// A server that points to none may well give its keys by hand.
func metadataDemands() []demand {
	return []demand{{rule: "AUTH-02", fix: "metadata", posed: fetchesMetadata, moot: unfetched, broken: noMetadata}}
}

func fetchesMetadata(f frame) bool {
	_, fetches := f.step.(scenarios.Fetch)
	return fetches && f.streamable()
}

// unfetched says why what came for the document tells nothing of it: nobody follows it to
// where it has moved.
func unfetched(o Observation, s Seen) string {
	switch status := s.status(); {
	case s.tooOften():
		return "the document on keys was refused for how often it was asked for"
	case status == 0 || status/100 == 3 || s.Answers[0].Frame.Cut:
		return "the document on keys did not come"
	}
	return ""
}

// noMetadata finds documents that those cannot read who have no key yet.
func noMetadata(_ Observation, s Seen) (string, Severity) {
	switch status := s.status(); {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "was refused with " + s.Status() + ", and it is for those who have no key", SeverityUnset
	case status/100 == 4:
		return "was refused with " + s.Status() + ", and a refusal for want of a key points to it", SeverityUnset
	case status == http.StatusOK && !isMetadata(s.Answers[0].Frame.Bytes):
		return "was answered by something that names no resource", SeverityUnset
	}
	return "", SeverityUnset
}

// isMetadata reports whether a document says what it is about (RFC 9728, 2: resource).
func isMetadata(document []byte) bool {
	var m struct {
		Resource string `json:"resource"`
	}
	if json.Unmarshal(document, &m) != nil {
		return false
	}
	u, err := url.Parse(m.Resource)
	return err == nil && u.IsAbs()
}
