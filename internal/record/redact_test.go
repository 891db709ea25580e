package record_test

import (
	"encoding/base64"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

func TestRedactorHidesSecretsInEveryForm(t *testing.T) {
	const secret = `p"a\ss <wörd>/7`
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{"DB_PASSWORD": secret}})
	for name, written := range map[string]string{
		"plain":              secret,
		"JSON":               `p\"a\\ss <wörd>/7`,
		"JSON of encoding":   `p\"a\\ss \u003cwörd\u003e/7`,
		"JSON of Python":     `p\"a\\ss <w\u00f6rd>/7`,
		"JSON of PHP":        `p\"a\\ss <wörd>\/7`,
		"query":              `p%22a%5Css+%3Cw%C3%B6rd%3E%2F7`,
		"basic credentials":  "cCJhXHNzIDx3w7ZyZD4vNw==",
		"cut off at the end": `p"a\ss <w`,
		"cut off in quotes":  `p\"a\\ss <w"`,
	} {
		t.Run(name, func(t *testing.T) {
			got := r.String("before " + written)
			want := "before ${DB_PASSWORD}"
			if strings.HasSuffix(written, `w"`) {
				want += `"`
			}
			if got != want {
				t.Errorf("String() = %q, want %q", got, want)
			}
		})
	}
}

func TestRedactorHidesTheEndOfASecretWhereATextStarts(t *testing.T) {
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{"KEY": "0123456789abcdef"}})
	for text, want := range map[string]string{
		"89abcdef was used":         "${KEY} was used",
		"56789abcdef\n":             "${KEY}\n",
		"cdef is too little":        "cdef is too little",
		"in the middle of 89abcdef": "in the middle of 89abcdef",
	} {
		if got := r.String(text); got != want {
			t.Errorf("String(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestRedactorLeavesOtherTextAlone(t *testing.T) {
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{
		"API_URL": "http://localhost:3000/v1", "DEBUG": "true", "N": "42", "KEY": "AAAA", "AAAA_KEY": "BBBB",
	}})
	for text, want := range map[string]string{
		"http://localhost:8080/mcp":      "http://localhost:8080/mcp",
		`{"isError":true,"n":42}`:        `{"isError":true,"n":42}`,
		"BBBB and AAAA":                  "${AAAA_KEY} and ${KEY}",
		"see http://localhost:3000/v1/x": "see ${API_URL}/x",
	} {
		if got := r.String(text); got != want {
			t.Errorf("String(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestRedactorNamesFolders(t *testing.T) {
	home, root := t.TempDir(), t.TempDir()
	work := filepath.Join(home, "src", "project")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Chdir(work)
	r := record.NewRedactor(record.Hidden{Root: root})
	for text, want := range map[string]string{
		work + "/a.go:7":               "$PWD/a.go:7",
		"open " + home + ": denied":    "open $HOME: denied",
		home + "/src/other":            "$HOME/src/other",
		`{"path":"` + root + `/x"}`:    `{"path":"$ROOT/x"}`,
		root + ".":                     "$ROOT.",
		root + "-sibling":              root + "-sibling",
		root + ".bak":                  root + ".bak",
		"/mnt" + root:                  "/mnt" + root,
		"file://" + root + "/a":        "file://$ROOT/a",
		root + "x and then " + root:    root + "x and then $ROOT",
		home + " " + work + " " + root: "$HOME $PWD $ROOT",
	} {
		if got := r.String(text); got != want {
			t.Errorf("String(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLineAndShellHideSecretsByTheirPlace(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	tests := []struct {
		name        string
		args        []string
		line, shell string
	}{
		{"a flag and its value", []string{"srv", "--api-key", "s3cr"}, "srv --api-key ${API_KEY}", `srv --api-key "$API_KEY"`},
		{"short values too", []string{"--token", "x"}, "--token ${TOKEN}", `--token "$TOKEN"`},
		{"joined", []string{"--client-secret=a b"}, "--client-secret=${CLIENT_SECRET}", `--client-secret="$CLIENT_SECRET"`},
		{"a flag without a value", []string{"--use-token", "--verbose", "-v"}, "--use-token --verbose -v", "--use-token --verbose -v"},
		{"a value with a dash", []string{"--token", "-abc"}, "--token ${TOKEN}", `--token "$TOKEN"`},
		{"a variable", []string{"env", "OPENAI_API_KEY=sk-1", "node"}, "env OPENAI_API_KEY=${OPENAI_API_KEY} node", `env OPENAI_API_KEY="$OPENAI_API_KEY" node`},
		{"a header", []string{"--header", "Authorization: Bearer x y"}, "--header Authorization: ${AUTHORIZATION}", `--header 'Authorization: '"$AUTHORIZATION"`},
		{"a header from the environment", []string{"--header", "X-Key: ${KEY}"}, "--header X-Key: ${KEY}", `--header 'X-Key: ${KEY}'`},
		{"a URL", []string{"http://me:pw@127.0.0.1:1/mcp?key=1"}, "http://${CREDENTIALS}@127.0.0.1:1/mcp?${QUERY}", `http://"$CREDENTIALS"'@127.0.0.1:1/mcp?'"$QUERY"`},
		{"two URLs", []string{"a://u:p@h,b://v:q@i"}, "a://${CREDENTIALS}@h,b://${CREDENTIALS_2}@i", `a://"$CREDENTIALS"@h,b://"$CREDENTIALS_2"@i`},
		{"one name, two values", []string{"--key", "first", "--key", "other"}, "--key ${KEY} --key ${KEY_2}", `--key "$KEY" --key "$KEY_2"`},
		{"the same value elsewhere", []string{"--key", "first", "x-first-y"}, "--key ${KEY} x-${KEY}-y", `--key "$KEY" x-"$KEY"-y`},
		{"folders", []string{home + "/bin/srv", "it's"}, "$HOME/bin/srv it's", `"$HOME"/bin/srv 'it'\''s'`},
		{"nothing to hide", []string{"srv", "", "a b", "--n=1", "http://h/p"}, "srv  a b --n=1 http://h/p", "srv '' 'a b' --n=1 http://h/p"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			secrets := map[string]string{}
			record.AddSecrets(secrets, test.args)
			r := record.NewRedactor(record.Hidden{Secrets: secrets})
			if got := r.Line(test.args); got != test.line {
				t.Errorf("Line() = %q, want %q", got, test.line)
			}
			if got := r.Shell(test.args); got != test.shell {
				t.Errorf("Shell() = %q, want %q", got, test.shell)
			}
		})
	}
}

func TestExcerptIsBoundedReadableAndRedacted(t *testing.T) {
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{"KEY": "gre\x1bat-secret"}})
	tests := []struct {
		in, want string
		limit    int
		cut      bool
	}{
		{"a\xff\x1b[31m\u202eb\n", `a\xff\x1b[31m\u202eb` + "\n", 100, false},
		{"gre\x1bat-secret!", "${KEY}!", 100, false},
		{"gregre\x1bat-secret", "gre$", 4, true},
		{"aaaé", "aaa", 4, true},
		{"日本語日本語", "日本語", 11, true},
		{"🐟🐟🐟", "🐟🐟", 11, true},
	}
	for _, test := range tests {
		got, cut := r.Excerpt([]byte(test.in), test.limit)
		if got != test.want || cut != test.cut {
			t.Errorf("Excerpt(%q, %d) = %q, %v, want %q, %v", test.in, test.limit, got, cut, test.want, test.cut)
		}
	}
}

// Keys become known while they are used, and are hidden from then on.
func TestRedactorLearns(t *testing.T) {
	const key = "Ada/key+41f0c7d2e9?"
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{"OLD": "old-secret-77"}, Plain: []string{"token=bearer:ADA_KEY"}})
	if got := r.String(key); got != key {
		t.Errorf("%q is hidden before it is known: %q", key, got)
	}
	r.Learn("ada", []string{key, "old-secret-77"})
	for _, text := range []string{
		key, url.QueryEscape(key), url.PathEscape(key), base64.StdEncoding.EncodeToString([]byte(key)), base64.RawURLEncoding.EncodeToString([]byte(key)),
	} {
		if got := r.String("<" + text + ">"); got != "<${ada}>" {
			t.Errorf("%q is written as %q", text, got)
		}
	}
	if got := r.String("old-secret-77"); got != "${OLD}" {
		t.Errorf("what was known is written as %q", got)
	}
	if got := r.Shell([]string{"--identity", "token=bearer:ADA_KEY", "--header", "X-Token: " + key}); got != `--identity token=bearer:ADA_KEY --header 'X-Token: '"$ada"` {
		t.Errorf("the command line is %s", got)
	}
}
