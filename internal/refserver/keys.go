package refserver

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Key is one client of the server over HTTP.
type Key struct {
	Name, Value string
	// Scopes are what it may do: ScopeRead, ScopeWrite.
	Scopes []string
}

// The scopes: to call tools that change nothing, and all others.
const (
	ScopeRead  = "read"
	ScopeWrite = "write"
)

// RevokePath takes keys that shall be no more (RFC 7009): the member token of a form.
const RevokePath = "/revoke"

// ParseKey reads NAME=VARIABLE[:SCOPE[,SCOPE]], with the key in that variable of the
// environment; a client without scopes has both.
func ParseKey(text string, lookup func(string) (string, bool)) (Key, error) {
	name, rest, _ := strings.Cut(text, "=")
	variable, scopes, some := strings.Cut(rest, ":")
	k := Key{Name: name, Scopes: []string{ScopeRead, ScopeWrite}}
	if some {
		k.Scopes = strings.Split(scopes, ",")
	}
	var ok bool
	switch k.Value, ok = lookup(variable); {
	case !fileName.MatchString(name) || variable == "":
		return k, errors.New("want NAME=VARIABLE or NAME=VARIABLE:read,write, with a NAME of letters, digits, - and _, and the key in that variable of the environment")
	case !ok || k.Value == "":
		return k, fmt.Errorf("%s: the environment has no such variable, or it is empty", name)
	case slices.ContainsFunc(k.Scopes, func(s string) bool { return s != ScopeRead && s != ScopeWrite }):
		return k, fmt.Errorf("%s: there are the scopes %s and %s", name, ScopeRead, ScopeWrite)
	}
	return k, nil
}

// clients are those that have a key. It is safe for concurrent use.
type clients struct {
	keys []Key

	mu sync.Mutex
	// revoked holds the names of those whose key is no more, owners who opened each
	// session.
	revoked map[string]bool
	owners  map[string]string
}

func newClients(keys []Key) *clients {
	return &clients{keys: keys, revoked: map[string]bool{}, owners: map[string]string{}}
}

// own notes who opened a session, if one was just opened.
func (c *clients) own(session, client string) {
	if session == "" || len(c.keys) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.owners) >= maxRemembered {
		clear(c.owners)
	}
	if c.owners[session] == "" {
		c.owners[session] = client
	}
}

func (c *clients) owner(session string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owners[session]
}

// holder is the client that a key is of; "" for nobody.
func (s *Server) holder(key string) string {
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	for _, k := range s.clients.keys {
		if s.fits(k.Value, key) && (!s.clients.revoked[k.Name] || s.off["revocation"]) {
			return k.Name
		}
	}
	if s.off["audience"] && len(s.clients.keys) > 0 && unexpired(key) {
		return s.clients.keys[0].Name
	}
	return ""
}

// fits compares keys in a time that tells nothing of them. Without the guard of keys
// the beginning will do.
func (s *Server) fits(key, given string) bool {
	if s.off["keys"] {
		return strings.HasPrefix(key, given)
	}
	if s.off["bearer"] {
		key, given = strings.ToLower(key), strings.ToLower(given)
	}
	want, got := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// unexpired reads a token as who believes it does, whoever signed it for whom.
func unexpired(token string) bool {
	var claims struct {
		Exp int64 `json:"exp"`
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	return err == nil && json.Unmarshal(b, &claims) == nil && time.Unix(claims.Exp, 0).After(time.Now())
}

// caller is the client that sends a request, "" for nobody.
func (s *Server) caller(r *http.Request) string {
	if len(s.clients.keys) == 0 {
		return ""
	}
	for _, key := range s.shown(r) {
		if name := s.holder(key); name != "" {
			return name
		}
	}
	if len(r.Header.Values("Authorization")) == 0 && s.off["key-each-time"] {
		return s.clients.owner(sessionOf(r))
	}
	return ""
}

// sessionOf is the session that a request names, in the header for it, or over HTTP+SSE in
// its URL.
func sessionOf(r *http.Request) string {
	return cmp.Or(r.Header.Get(sessionHeader), r.URL.Query().Get(sessionKey))
}

// shown are the keys of a request: the one that stands behind Bearer in the one header
// for it. Without the guard of that it is looked for wherever one may be.
func (s *Server) shown(r *http.Request) []string {
	values := r.Header.Values("Authorization")
	if s.off["bearer"] {
		return loose(r, values)
	}
	if len(values) != 1 {
		return nil
	}
	scheme, key, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	return []string{strings.TrimSpace(key)}
}

// loose are the keys that a request may hold anywhere but in its body.
func loose(r *http.Request, values []string) []string {
	var keys []string
	for _, v := range values {
		keys = append(keys, v[strings.LastIndex(v, " ")+1:])
	}
	for _, c := range r.Cookies() {
		keys = append(keys, c.Value)
	}
	return append(keys, r.URL.Query()["access_token"]...)
}

// keyless refuses requests of nobody that is known, and those in the session of
// somebody else.
func (s *Server) keyless(w http.ResponseWriter, r *http.Request) bool {
	if len(s.clients.keys) == 0 {
		return false
	}
	client, owner := s.caller(r), s.clients.owner(sessionOf(r))
	switch {
	case client == "" && !s.off["address-rate"] && turnedAway(w, "calls", s.door.addresses.take(addressOf(r), 1)):
		// Who tries keys is slowed down like everybody.
	case client == "" && s.off["closed-lists"] && lists(r):
		return false
	case client == "":
		s.challenge(w, r, "invalid_token")
		http.Error(w, "a key is needed: Authorization: Bearer, with one that is known", http.StatusUnauthorized)
	case owner != "" && owner != client && !s.off["owners"]:
		http.Error(w, "there is no such session", http.StatusNotFound)
	default:
		return false
	}
	return true
}

// lists reports whether a request lists tools; its body can be read again.
func lists(r *http.Request) bool {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxFrame+1))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && readEnvelope(unpadded(body)).method == "tools/list"
}

// challenge says what a client lacks, and where it stands how keys are used (RFC 6750,
// 3; RFC 9728, 5.1).
func (s *Server) challenge(w http.ResponseWriter, r *http.Request, problem string) {
	if !s.off["challenges"] {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer error=%q, scope="%s %s", resource_metadata="http://%s%s"`,
			problem, ScopeRead, ScopeWrite, r.Host, metadataPath))
	}
}

// metadataPath is where it stands (RFC 9728, 3.1).
const metadataPath = "/.well-known/oauth-protected-resource" + Path

// metadata says how keys are used. Nobody is named who gives them: that is done by hand.
// Without the guard that is told to those alone who need not be told.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	if s.off["metadata"] && s.keyless(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// A client that is gone has no more use for the answer.
	_ = json.NewEncoder(w).Encode(map[string]any{
		"resource": "http://" + r.Host + Path, "bearer_methods_supported": []string{"header"}, "scopes_supported": []string{ScopeRead, ScopeWrite},
	})
}

// clientHeader tells behind the gate who sent a request.
const clientHeader = "Notes-Client"

// scope is what a client needs to call a tool.
func (t tool) scope() string {
	if t.readOnly {
		return ScopeRead
	}
	return ScopeWrite
}

// may reports whether a client has a scope; where there are no keys everybody has.
func (s *Server) may(client, scope string) bool {
	i := slices.IndexFunc(s.clients.keys, func(k Key) bool { return k.Name == client })
	return i < 0 || slices.Contains(s.clients.keys[i].Scopes, scope)
}

// calls reports whether a client is let call a tool. Without the guard that is not held
// to what is listed to it.
func (s *Server) calls(client string, t tool) bool {
	return s.may(client, t.scope()) || s.off["own-tools"]
}

// exceeds refuses a call that its client may not make by the status that says so; one
// that is not seen here, as in a batch, the tool refuses itself.
func (s *Server) exceeds(w http.ResponseWriter, r *http.Request, frame []byte) bool {
	e := readEnvelope(unpadded(frame))
	i := slices.IndexFunc(s.served(), func(t tool) bool { return t.name == e.name })
	if e.method != "tools/call" || i < 0 || s.calls(s.caller(r), s.served()[i]) {
		return false
	}
	s.challenge(w, r, "insufficient_scope")
	http.Error(w, "this key does not hold the scope "+ScopeWrite, http.StatusForbidden)
	return true
}

// revoke forgets a key; who shows it may have it forgotten. Without the guard it is
// said and not done.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	name := s.holder(r.PostFormValue("token"))
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	if name != "" {
		s.clients.revoked[name] = true
	}
}
