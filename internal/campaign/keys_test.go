package campaign_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// The keys of two clients, of whom one may read alone.
const (
	adaKey = "Ada-41f0c7d2e9b86a35"
	bobKey = "Bob-9d3e72a1c05f4b68"
)

func bothScopes() []string { return []string{refserver.ScopeRead, refserver.ScopeWrite} }

// keyed is the reference server without those guards over HTTP, for two clients with
// keys.
func keyed(t testing.TB, without ...string) (transport.Target, *identity.Ring) {
	t.Helper()
	return keyedFor(t, []string{refserver.ScopeRead}, without...)
}

// keyedFor is that where the second client has those scopes.
func keyedFor(t testing.TB, scopes []string, without ...string) (transport.Target, *identity.Ring) {
	t.Helper()
	at := listening(t, refserver.Options{Without: without, Keys: []refserver.Key{
		{Name: "ada", Value: adaKey, Scopes: bothScopes()}, {Name: "bob", Value: bobKey, Scopes: scopes},
	}})
	return transport.HTTP(at+refserver.Path, transport.HTTPOptions{}), ring(t, revokesAt(at), [2]string{"ada", adaKey}, [2]string{"bob", bobKey})
}

// revokesAt revokes keys with the reference server at an address.
func revokesAt(at string) func(context.Context, string, string) error {
	return func(ctx context.Context, key, _ string) error {
		return transport.Reach{}.PostForm(ctx, at+refserver.RevokePath, url.Values{"token": {key}})
	}
}

// ring holds clients and their keys, and revokes them so.
func ring(t testing.TB, revoke func(context.Context, string, string) error, pairs ...[2]string) *identity.Ring {
	t.Helper()
	var specs []identity.Spec
	for _, pair := range pairs {
		path := filepath.Join(t.TempDir(), pair[0])
		if err := os.WriteFile(path, []byte(pair[1]+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		spec, err := identity.Parse(pair[0] + "=file:" + path)
		if err != nil {
			t.Fatal(err)
		}
		spec.Revoke = revoke
		specs = append(specs, spec)
	}
	r, err := identity.NewRing(t.Context(), specs, func(string, []string) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ofKeys are the scenarios of the library that show keys, as classes.
func ofKeys() []string {
	return slices.DeleteFunc(library(), func(class string) bool { return !strings.HasPrefix(class, "library/key-") })
}

// keyRules are the rules of keys.
var keyRules = []string{"AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", "H7", "H8", "HTTP-11"}

// With keys the reference server is as sound as without, and it is told that they were
// tried.
func TestReferenceServerIsSoundWithKeys(t *testing.T) {
	for _, name := range []string{protocol.Legacy, protocol.Modern} {
		rev, _ := protocol.Lookup(name)
		t.Run(rev.Name, func(t *testing.T) {
			t.Parallel()
			cfg := config(nil, 0)
			cfg.Target, cfg.Identities = keyed(t)
			cfg.Filter.Only = ofKeys()
			cfg.Cases, cfg.Protocols = len(cfg.Filter.Only), []string{rev.Name}
			s, err := campaign.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Findings) > 0 {
				t.Errorf("%d cases, and:\n%s", s.Cases, describe(s.Findings))
			}
			for _, id := range keyRules {
				stateless := rev.Stateless && (id == "AUTH-06" || id == "HTTP-11")
				if slices.Contains(s.Tested.Specs, id) == stateless {
					t.Errorf("%s: tested is %t; not judged: %+v", id, !stateless, s.Inconclusive)
				}
			}
		})
	}
}
