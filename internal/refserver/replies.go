package refserver

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer sends a refusal with the status that goes with its code.
func answer(w http.ResponseWriter, body []byte) {
	var m struct {
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	status := http.StatusOK
	if json.Unmarshal(body, &m) == nil {
		switch m.Error.Code {
		case codeParse, codeRequest, codeParams, codeHeaders, codeVersion:
			status = http.StatusBadRequest
		case codeMethod:
			status = http.StatusNotFound
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that is gone has no more use for the answer.
	_, _ = w.Write(body)
}

// status is that of an answer.
func (g *gate) status(demanded int) int {
	if g.off["replies"] && demanded == http.StatusAccepted {
		return http.StatusOK
	}
	return demanded
}

// forward lets the SDK answer, and mends the codes of its errors.
func (g *gate) forward(handler http.Handler, w http.ResponseWriter, r *http.Request) {
	kept := &kept{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(kept, r)
	body := kept.body.Bytes()
	var m map[string]json.RawMessage
	g.clients.own(kept.header.Get(sessionHeader), g.caller(r))
	if json.Unmarshal(bytes.TrimSpace(body), &m) == nil {
		g.remember(kept.header.Get(sessionHeader), settledOn(m["result"]))
		body = g.polluted(g.undressed(g.recoded(body, m), m), m)
	}
	for name, values := range kept.header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	if g.off["replies"] && len(body) > 0 {
		w.Header().Set("Content-Type", "text/plain")
	}
	if g.off["requests-alone"] && r.Header.Get(versionHeader) == modern {
		w.Header().Set(sessionHeader, "one-for-all")
	}
	w.WriteHeader(g.status(kept.status))
	_, _ = w.Write(body)
}

// kept is a response that is looked at before it is sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }
func (k *kept) Flush()                      {}
