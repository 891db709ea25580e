package identity_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
)

const key = "aB3-good-key-77"

// of makes a ring of one client with that key, and tells what was learnt.
func of(t *testing.T, text string) (*identity.Ring, *[]string) {
	t.Helper()
	spec, err := identity.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	learnt := new([]string)
	r, err := identity.NewRing(t.Context(), []identity.Spec{spec}, func(_ string, texts []string) { *learnt = append(*learnt, texts...) })
	if err != nil {
		t.Fatal(err)
	}
	return r, learnt
}

func TestKeysAreReadWhereTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key+"\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("THE_KEY", key)
	for _, text := range []string{"ada=bearer:THE_KEY", "ada=file:" + path, "ada=command:cat " + path} {
		r, learnt := of(t, text)
		if got := r.Default().Shown().Headers; !slices.Equal(got, []string{"Authorization: Bearer " + key}) || !slices.Contains(*learnt, key) {
			t.Errorf("%s shows %q, and %q is learnt", text, got, *learnt)
		}
	}
}

// Who writes a key where its place belongs must not find it on the screen.
func TestErrorsTellNoKeys(t *testing.T) {
	t.Setenv("SHORT", "short")
	t.Setenv("SPACED", "two secret words")
	for text, want := range map[string]string{
		"ada=" + key:        "never given there",
		"ada=bearer:" + key: "no variable of that name",
		"ada=file:" + key:   "read the file of the key",
		"ada=bearer:":       "never given there",
		key:                 "never given there",
		"none=bearer:SHORT": "that is not none",
		"ada=bearer:SHORT":  "fewer than 8",
		"ada=bearer:SPACED": "visible ASCII",
		"ada=command:echo " + key + " >&2; exit 3": "exit status 3",
	} {
		spec, err := identity.Parse(text)
		if err == nil {
			_, err = identity.NewRing(t.Context(), []identity.Spec{spec}, func(string, []string) {})
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestFormsHideTheGoodKey(t *testing.T) {
	t.Setenv("THE_KEY", key)
	r, learnt := of(t, "ada=bearer:THE_KEY")
	for _, f := range identity.Forms() {
		who, err := r.Of("1:" + f.Name)
		if err != nil {
			t.Fatal(err)
		}
		shown := who.Shown()
		if slices.Equal(shown.Headers, r.Default().Shown().Headers) {
			t.Errorf("%s shows the good key as it should be", f.Name)
		}
		for _, line := range shown.Headers {
			bad, isBearer := strings.CutPrefix(line, "Authorization: Bearer ")
			if isBearer && strings.ContainsAny(bad, "gG") && f.Name != identity.Foreign && f.Name != identity.Twice && !slices.Contains(*learnt, bad) && bad != key {
				t.Errorf("%s shows %q, which tells of the key and is not hidden", f.Name, bad)
			}
		}
	}
	none, err := r.Of(identity.None)
	if err != nil || !slices.Equal(none.Shown().Headers, []string{"Authorization:"}) {
		t.Errorf("none shows %+v, %v", none.Shown(), err)
	}
}

func TestForgedTokensKeepTheirShape(t *testing.T) {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	good := part(map[string]any{"alg": "RS256", "kid": "7"}) + "." + part(map[string]any{"sub": "ada", "aud": "here", "exp": 9e9}) + ".c2lnbmVk"
	t.Setenv("THE_KEY", good)
	r, _ := of(t, "ada=bearer:THE_KEY")
	for form, want := range map[string]map[string]any{
		identity.Audience: {"sub": "ada", "aud": "https://mcpfuzz.example/other"},
		identity.Expired:  {"sub": "ada", "aud": "here", "exp": 1e9},
	} {
		who, err := r.Of("ada:" + form)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(strings.TrimPrefix(who.Shown().Headers[0], "Authorization: Bearer "), ".")
		var claims map[string]any
		b, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(b, &claims) != nil || parts[0] != strings.Split(good, ".")[0] || parts[2] == "c2lnbmVk" {
			t.Fatalf("%s: %q, %v", form, parts, err)
		}
		for name, v := range want {
			if claims[name] != v {
				t.Errorf("%s: %s is %v, want %v", form, name, claims[name], v)
			}
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Setenv("THE_KEY", "12345678")
	r, _ := of(t, "ada=bearer:THE_KEY")
	for as, want := range map[string]string{
		"bob": `the identity "bob"`, "2": `the identity "2"`, "1:odd": `the form "odd"`, "1:case": "in other case, which cannot be made",
	} {
		if _, err := r.Of(as); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", as, err, want)
		}
		if _, err := (*identity.Ring)(nil).Of(as); err == nil {
			t.Errorf("%s is found among no clients", as)
		}
	}
}

func TestRevokedKeysAreNotAskedForAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	var gone []string
	spec, err := identity.Parse("ada=file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	plain := spec
	plain.Name = "bob"
	spec.Revoke = func(_ context.Context, key, _ string) error { gone = append(gone, key); return nil }
	r, err := identity.NewRing(t.Context(), []identity.Spec{spec, plain}, func(string, []string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), "bob", ""); err == nil || !strings.Contains(err.Error(), "none was given") {
		t.Errorf("bob's key is revoked: %v", err)
	}
	if err := os.WriteFile(path, []byte("other-key-99"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), "ada", ""); err != nil || !slices.Equal(gone, []string{key}) || !slices.Equal(r.Revocable(), []string{"ada"}) {
		t.Errorf("revoked are %q of %q, %v", gone, r.Revocable(), err)
	}
	bob, err := r.Of("bob")
	if err != nil || !r.Default().Revoked() || bob.Revoked() {
		t.Errorf("ada's key is revoked: %t, and bob's: %t; %v", r.Default().Revoked(), bob.Revoked(), err)
	}
	if err := r.Revoke(t.Context(), "", ""); err != nil || len(gone) != 2 {
		t.Errorf("without a name %q are revoked, %v", gone, err)
	}
	if r.Renew(t.Context(), r.Default(), key) {
		t.Error("a key is asked for in the place of one that was revoked")
	}
}

func TestKeysAreAskedForAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	write := func(k string) {
		if err := os.WriteFile(path, []byte(k), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(key)
	r, _ := of(t, "ada=file:"+path)
	ada := r.Default()
	for range 5 {
		if r.Renew(context.Background(), ada, key) {
			t.Fatal("a key that stays the same is said to be new")
		}
	}
	write("other-key-99")
	if r.Renew(t.Context(), ada, key) {
		t.Error("it is asked for more than three times")
	}
	r, learnt := of(t, "ada=file:"+path)
	write("third-key-11")
	bad, _ := r.Of("ada:empty")
	if ada = r.Default(); r.Renew(t.Context(), bad, "other-key-99") || !r.Renew(t.Context(), ada, "other-key-99") || !r.Renew(t.Context(), ada, "other-key-99") {
		t.Error("a new key is not taken")
	}
	if ada.Key() != "third-key-11" || !slices.Contains(*learnt, "third-key-11") || !slices.Equal(r.Keys(), []string{"other-key-99", "third-key-11"}) {
		t.Errorf("the key is %q; learnt are %q", ada.Key(), *learnt)
	}
}
