package campaign_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// gated lets a request in, or answers it as a server does that wants a key.
func gated(h http.Handler, known func(*http.Request) bool, refuse http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if known(r) {
			h.ServeHTTP(w, r)
			return
		}
		refuse(w, r)
	})
}

// knows reports whether a request shows the key of one of the two clients as it should.
func knows(r *http.Request) bool {
	values := r.Header.Values("Authorization")
	return len(values) == 1 && slices.Contains([]string{"Bearer " + adaKey, "Bearer " + bobKey}, values[0])
}

// pointing is a server that points those without a key to a document, which it serves to
// them so.
func pointing(h http.Handler, document http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/":
			document(w, r)
		case knows(r):
			h.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", `Bearer resource_metadata="http://`+r.Host+`/.well-known/oauth-protected-resource"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
}

// calls reports whether a request calls a tool; its body can be read again.
func calls(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body) // what cannot be read calls nothing
	r.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte(`"tools/call"`))
}

// refuses answers with a status and a text.
func refuses(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// byRPC refuses with status 200 and an error, as who has no other layer for it.
func byRPC(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, _ := io.ReadAll(r.Body)
	v := protocol.Read(transport.Frame{Bytes: body})
	_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":`+v.ID+`,"error":{"code":-32001,"message":"unauthorized"}}`)
}

// sdkWith is a server on the Go SDK behind its own check of keys, which tells whose
// they are or not.
func sdkWith(named bool) http.Handler {
	verify := func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		if token != adaKey && token != bobKey {
			return nil, errors.Join(auth.ErrInvalidToken, errors.New("no such key"))
		}
		info := &auth.TokenInfo{Expiration: time.Now().Add(time.Hour)}
		if named {
			info.UserID = token[:3]
		}
		return info, nil
	}
	server := twoTools()
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	return auth.RequireBearerToken(verify, nil)(h)
}

// Nobody is accused of how a key is refused, of what needs none, or of a form that is
// legal for a key of its kind.
func TestNoFindingOnServersThatTakeKeysInTheirOwnWay(t *testing.T) {
	site := func() http.Handler { return made.Sites()[0].Handler() }
	unauthorized := refuses(http.StatusUnauthorized, "a key is needed")
	const apart = "HTTP-11"
	for name, tc := range map[string]struct {
		handler http.Handler
		want    []string
	}{
		"on the Go SDK": {sdkWith(true), []string{"AUTH-02"}},
		// Keys and sessions are looked at apart, as where a proxy does the one.
		"on the Go SDK, apart":   {sdkWith(false), []string{"AUTH-02", apart}},
		"as it should be, apart": {gated(site(), knows, unauthorized), []string{apart}},
		"without a challenge": {gated(site(), knows, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
		}), []string{"AUTH-02", apart}},
		"forbids":             {gated(site(), knows, refuses(http.StatusForbidden, "no")), []string{"AUTH-01", apart}},
		"is not there":        {gated(site(), knows, refuses(http.StatusNotFound, "no")), []string{"AUTH-01", apart}},
		"refuses by an error": {gated(site(), knows, byRPC), []string{"AUTH-01", apart}},
		"points to a document": {pointing(site(), func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"resource":"http://`+r.Host+`","authorization_servers":["https://keys.example"]}`)
		}), []string{apart}},
		"points to one that has moved": {pointing(site(), func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://keys.example/document", http.StatusTemporaryRedirect)
		}), []string{apart}},
		"points to one that is for clients": {pointing(site(), unauthorized), []string{"AUTH-02", apart}},
		"needs no key":                      {site(), nil},
		"needs none but would know it": {gated(site(), func(r *http.Request) bool {
			return r.Header.Get("Authorization") == "" || knows(r)
		}, unauthorized), nil},
		"open but for calls": {gated(site(), func(r *http.Request) bool {
			return knows(r) || r.Header.Get("Authorization") == "" && !calls(r)
		}, unauthorized), []string{"H2"}},
		"without regard to case": {gated(site(), func(r *http.Request) bool {
			return strings.EqualFold(r.Header.Get("Authorization"), "Bearer "+adaKey) || knows(r)
		}, unauthorized), []string{"H7", apart}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playKeys(t, tc.handler)
			if got := shown(s); !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
				t.Errorf("found %v, want %v:\n%s\n%+v", got, tc.want, describe(s.Findings), s.Inconclusive)
			}
			if accused := slices.DeleteFunc(s.Findings, tolerated); len(accused) > 0 {
				t.Errorf("accused of:\n%s", describe(accused))
			}
		})
	}
}

// playKeys plays the scenarios of keys on a server for two clients.
func playKeys(t *testing.T, h http.Handler) record.Summary {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	cfg := config(transport.HTTP(server.URL, transport.HTTPOptions{}), 0)
	cfg.Identities = ring(t, nil, [2]string{"ada", adaKey}, [2]string{"bob", bobKey})
	cfg.Filter.Only = ofKeys()
	cfg.Cases, cfg.Protocols = len(cfg.Filter.Only), []string{protocol.Legacy}
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Where a session is taken for a key, bad keys show in the opening of sessions alone.
func TestKeysThatAreLookedAtOnceAreTriedThere(t *testing.T) {
	t.Parallel()
	begins := func(r *http.Request) bool {
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		return given != "" && strings.HasPrefix(adaKey, given)
	}
	once := func(r *http.Request) bool { return r.Header.Get("Mcp-Session-Id") != "" || begins(r) || knows(r) }
	s := playKeys(t, gated(made.Sites()[0].Handler(), once, refuses(http.StatusUnauthorized, "a key is needed")))
	if got := shown(s); !slices.Equal(got, []string{"AUTH-01", "AUTH-06", "H7"}) {
		t.Errorf("found %v:\n%s", got, describe(s.Findings))
	}
}

// keyInArguments is how a key stands among others in the arguments of a call.
var keyInArguments = regexp.MustCompile(`,"\w+":"(Bearer )?` + adaKey + `"`)

// argues reports whether a request calls a tool with a key among its arguments, and takes
// it from there.
func argues(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body) // what cannot be read argues nothing
	rest := keyInArguments.ReplaceAll(body, nil)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(rest)), int64(len(rest))
	return bytes.Contains(body, []byte(`"arguments":{`)) && len(rest) < len(body)
}

// Who takes a key from among arguments makes a model write it.
func TestKeysAmongArgumentsAreFound(t *testing.T) {
	t.Parallel()
	known := func(r *http.Request) bool { return knows(r) || argues(r) }
	s := playKeys(t, gated(made.Sites()[0].Handler(), known, refuses(http.StatusUnauthorized, "a key is needed")))
	if !slices.ContainsFunc(s.Findings, func(f record.Finding) bool {
		return f.Rule == "H7" && f.Severity == "medium" && strings.Contains(f.Message, "among the arguments")
	}) {
		t.Errorf("found:\n%s", describe(s.Findings))
	}
}
