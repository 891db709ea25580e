package identity

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
)

// Shown is what a client shows of a key in a request over HTTP.
type Shown struct {
	// Headers are "Name: value" lines; an empty value removes a header.
	Headers []string
	// Query is added to that of the URL.
	Query string
	// Meta are members of the _meta of the request, Arguments of the arguments of a call.
	Meta, Arguments map[string]string
}

func bearer(key string) Shown { return Shown{Headers: []string{"Authorization: Bearer " + key}} }

// Form is a way in which a key is shown that a sound server does not take.
type Form struct {
	// Name is what stands behind the colon in a scenario, Doc says how the key is
	// then, behind "a key".
	Name, Doc string
	// show makes it of a good key; false where it cannot be made.
	show func(key string) (Shown, bool)
}

// The names of the forms.
const (
	Empty     = "empty"
	Malformed = "malformed"
	Foreign   = "foreign"
	Truncated = "truncated"
	Expired   = "expired"
	Audience  = "audience"
	OtherCase = "case"
	Scheme    = "scheme"
	Bare      = "bare"
	Twice     = "twice"
	Query     = "query"
	Body      = "body"
	Arguments = "arguments"
	Cookie    = "cookie"
)

// Forms are all forms: first the keys that are not good, then the ways in which a good
// one must not be taken.
func Forms() []Form {
	return []Form{
		{Empty, "without a character", always(bearer(""))},
		{Malformed, "of characters that no key has", always(bearer("{mcpfuzz} \"no key\""))},
		{Foreign, "that nobody was given", always(bearer(foreign))},
		{Truncated, "of which the second half is missing", in(truncated)},
		{Expired, "in the form of a token that has expired", in(expired)},
		{Audience, "in the form of a token for another server", in(misdirected)},
		{OtherCase, "in other case", in(otherCase)},
		{Scheme, "under another scheme than Bearer", func(key string) (Shown, bool) { return header("Basic " + key) }},
		{Bare, "without a scheme", func(key string) (Shown, bool) { return header(key) }},
		{Twice, "behind another in a second header", func(key string) (Shown, bool) { return header("Bearer "+foreign, "Bearer "+key) }},
		{Query, "in the URL", elsewhere(func(s *Shown, key string) { s.Query = asQuery(key) })},
		{Body, "in the message", elsewhere(func(s *Shown, key string) { s.Meta = asMembers(key) })},
		{Arguments, "among the arguments", elsewhere(func(s *Shown, key string) { s.Arguments = asMembers(key) })},
		{Cookie, "in a cookie", elsewhere(func(s *Shown, key string) { s.Headers = append(s.Headers, asCookie(key)) })},
	}
}

// formOf returns the form of that name.
func formOf(name string) (Form, bool) {
	for _, f := range Forms() {
		if f.Name == name {
			return f, true
		}
	}
	return Form{}, false
}

// FormIn is the name of the form in which a step shows a key, "" for that of a good
// client, or none.
func FormIn(as string) string {
	_, form, _ := strings.Cut(as, ":")
	return form
}

func header(values ...string) (Shown, bool) {
	var s Shown
	for _, v := range values {
		s.Headers = append(s.Headers, "Authorization: "+v)
	}
	return s, true
}

// always shows the same whatever the key is.
func always(s Shown) func(string) (Shown, bool) {
	return func(string) (Shown, bool) { return s, true }
}

// in shows another key made of the good one; "" and the same one are none.
func in(made func(string) string) func(string) (Shown, bool) {
	return func(key string) (Shown, bool) {
		bad := made(key)
		return bearer(bad), bad != "" && bad != key
	}
}

// elsewhere shows the good key where it does not belong, and not where it does.
func elsewhere(put func(*Shown, string)) func(string) (Shown, bool) {
	return func(key string) (Shown, bool) {
		s := Shown{Headers: []string{"Authorization:"}}
		put(&s, key)
		return s, true
	}
}

// foreign is a key that nobody was given.
const foreign = "mcpfuzz-0f4e9a1c7b2d4e6f8a90b1c2d3e4f506"

func truncated(key string) string { return key[:len(key)/2] }

func otherCase(key string) string {
	if upper := strings.ToUpper(key); upper != key {
		return upper
	}
	return strings.ToLower(key)
}

// carriers are the names under which servers look for a key outside its header.
func carriers() []string {
	return []string{"access_token", "token", "api_key", "apiKey", "key", "authorization"}
}

// asQuery writes a key as a query (RFC 6750, 2.3, which OAuth 2.1 has withdrawn).
func asQuery(key string) string {
	q := url.Values{}
	for _, name := range carriers() {
		q.Set(name, key)
	}
	return q.Encode()
}

// asMembers writes a key as members of an object.
func asMembers(key string) map[string]string {
	members := map[string]string{}
	for _, name := range carriers() {
		members[name] = key
	}
	members["authorization"] = "Bearer " + key
	return members
}

func asCookie(key string) string {
	var pairs []string
	for _, name := range carriers() {
		pairs = append(pairs, name+"="+url.QueryEscape(key))
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}

// When forged tokens end: 2001 and 2100, in seconds since 1970.
const (
	longAgo = 1_000_000_000
	farOff  = 4_102_444_800
)

func expired(key string) string {
	return forged(key, map[string]any{"exp": longAgo, "iat": longAgo})
}

func misdirected(key string) string {
	return forged(key, map[string]any{"exp": farOff, "aud": "https://mcpfuzz.example/other"})
}

// forged is a JSON Web Token (RFC 7519) with other claims than the key's, or of a
// maker that nobody knows where the key is none. Its signature is made up, so that who
// takes it has not looked at that.
func forged(key string, claims map[string]any) string {
	head := map[string]any{"alg": "HS256", "typ": "JWT"}
	body := map[string]any{"iss": "https://mcpfuzz.example", "sub": "mcpfuzz"}
	if parts := strings.Split(key, "."); len(parts) == 3 {
		unpack(parts[0], &head)
		unpack(parts[1], &body)
	}
	for name, v := range claims {
		body[name] = v
	}
	return pack(head) + "." + pack(body) + "." + base64.RawURLEncoding.EncodeToString([]byte(foreign)[:32])
}

// unpack reads a part of a token; what cannot be read changes nothing.
func unpack(part string, into *map[string]any) {
	var m map[string]any
	if b, err := base64.RawURLEncoding.DecodeString(part); err == nil && json.Unmarshal(b, &m) == nil && m != nil {
		*into = m
	}
}

func pack(m map[string]any) string {
	b, _ := json.Marshal(m) // of what was JSON
	return base64.RawURLEncoding.EncodeToString(b)
}

// derived are the texts made of a key that tell of it.
func derived(key string) []string {
	return []string{truncated(key), otherCase(key), expired(key), misdirected(key)}
}

// Describe says behind a verb with what key a client that a step names is seen.
func Describe(as string) string {
	switch form, bad := formOf(FormIn(as)); {
	case as == None:
		return "without a key"
	case bad:
		return "with a key " + form.Doc
	}
	return "with the key of another client"
}
