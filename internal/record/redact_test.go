package record_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// machine makes a home and, in it, a working folder; both end as their names
// say.
func machine(t *testing.T) (home, pwd string) {
	t.Helper()
	home = filepath.Join(t.TempDir(), "me")
	pwd = filepath.Join(home, "work")
	if err := os.MkdirAll(pwd, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Chdir(pwd)
	return home, pwd
}

func TestFolders(t *testing.T) {
	home, pwd := machine(t)
	root := filepath.Join(home, "scratch", "root")
	r := record.NewRedactor(record.Hidden{Root: root + "/"})
	for text, want := range map[string]string{
		pwd:                              "$PWD",
		home + "/notes.txt":              "$HOME/notes.txt",
		root + "/a":                      "$ROOT/a",
		"open " + pwd + "/a.txt: denied": "open $PWD/a.txt: denied",
		"file://" + home + "/x":          "file://$HOME/x",
		`{"path":"` + root + `"}`:        `{"path":"$ROOT"}`,
		"in " + root + ".":               "in $ROOT.",
		"in " + root + "...":             "in $ROOT...",
		"<" + root + ">?" + pwd + "&":    "<$ROOT>?$PWD&",
		"--dir=" + pwd:                   "--dir=$PWD",
		home + "lissa/x":                 home + "lissa/x",
		home + "-old " + home + "_2 " + home + "é": home + "-old " + home + "_2 " + home + "é",
		pwd + ".bak/x":             "$HOME/work.bak/x",
		root + "-sibling/canary":   "$HOME/scratch/root-sibling/canary",
		"/mnt" + pwd + "/x":        "/mnt" + pwd + "/x",
		strings.Repeat(pwd+" ", 3): "$PWD $PWD $PWD ",
		"nothing here":             "nothing here",
		"":                         "",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSecrets(t *testing.T) {
	machine(t)
	r := record.NewRedactor(record.Hidden{
		Secrets: map[string]string{"API_KEY": "s3cr3t-value", "QUOTED": "with \"quotes\" & \\", "SHORT": "abc", "EMPTY": "", "PATHLIKE": "/AbC9+x/y==", "LONGER": "s3cr3t-value-and-more", "PEM": "-----BEGIN\nLINE-----"},
		Args: []string{
			"server", "--api-key=from-a-flag", "--token", "from-the-next", "--secret", "-dash-first", "--password", "--verbose", "MY_TOKEN=from-a-variable",
			"--header", "Authorization: Bearer from-a-header", "--header=X-Api-Key: another-header", "postgres://user:p%40ssw0rd@db.example:5432/x", "--url=https://who:hunter22@example.com/?api_key=in+the+query&page=1000",
			"--port=8080", "--key", "k", "http://plain.example/path?x=unhidden",
		},
	})
	for text, want := range map[string]string{
		"key s3cr3t-value.":                     "key ${API_KEY}.",
		"s3cr3t-values3cr3t-value":              "${API_KEY}${API_KEY}",
		"s3cr3t-value-and-more":                 "${LONGER}",
		`{"k":"with \"quotes\" & \\"}`:          `{"k":"${QUOTED}"}`,
		"?k=with+%22quotes%22+%26+%5C":          "?k=${QUOTED}",
		"abc stays":                             "abc stays",
		"token=/AbC9+x/y==suffix":               "token=${PATHLIKE}suffix",
		`"-----BEGIN\nLINE-----"`:               `"${PEM}"`,
		"from-a-flag from-the-next":             "${api-key} ${token}",
		"-dash-first":                           "${secret}",
		"--verbose":                             "--verbose",
		"from-a-variable":                       "${MY_TOKEN}",
		"got Bearer from-a-header":              "got Bearer ${Authorization}",
		"another-header":                        "${X-Api-Key}",
		"postgres://user:p%40ssw0rd@db.example": "postgres://${credentials}@db.example",
		"login with p@ssw0rd failed":            "login with ${credentials} failed",
		"who:hunter22, hunter22":                "${credentials}, ${credentials}",
		"in the query, in+the+query":            "${api_key}, ${api_key}",
		"1000 8080 unhidden plain.example":      "1000 8080 unhidden plain.example",
		"k":                                     "k",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if shown := r.String(strings.Join([]string{"server", "--api-key=from-a-flag", "--token", "from-the-next"}, " ")); shown != "server --api-key=${api-key} --token ${token}" {
		t.Errorf("the command line is shown as %s", shown)
	}
	var none *record.Redactor
	if got := none.String("s3cr3t-value"); got != "s3cr3t-value" {
		t.Errorf("nothing to hide: %q", got)
	}
}

// What takes a secret's place is not taken for another.
func TestReplacementsStand(t *testing.T) {
	machine(t)
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{"A": "HOME", "B": "secret-a", "API": "${A}"}})
	if got := r.String("secret-a HOME"); got != "${B} ${A}" {
		t.Errorf("%q", got)
	}
	// Which name stands for a value that has two does not change.
	two := record.Hidden{Secrets: map[string]string{"ONE": "same-value", "TWO": "same-value", "SIX": "same-value"}}
	for range 20 {
		if got := record.NewRedactor(two).String("same-value"); got != "${ONE}" {
			t.Fatal(got)
		}
	}
}

func TestExcerptIsReadable(t *testing.T) {
	var r *record.Redactor
	for in, want := range map[string]string{
		"plain é 日 😀\n\t":      "plain é 日 😀\n\t",
		"\xff\xc3\x28":         `\xff\xc3(`,
		"\x00\x1b[31m\x7f\r":   `\x00\x1b[31m\x7f\x0d`,
		"\ufffd":               "\ufffd",
		"\xed\xa0\x80":         `\xed\xa0\x80`,
		"a\u202eb\u0085\u2066": `a\u202eb\u0085\u2066`,
		"":                     "",
	} {
		if got, cut := r.Excerpt([]byte(in), 100); got != want || cut {
			t.Errorf("%q: %q, cut %v, want %q", in, got, cut, want)
		}
	}
}

// An excerpt is never over the limit, is as long as it may be, splits no
// character, and shows no part of a secret that lies across its end.
func TestExcerptIsBounded(t *testing.T) {
	machine(t)
	const secret = "a-secret-that-is-long"
	r := record.NewRedactor(record.Hidden{Secrets: map[string]string{"S": secret}})
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "é", "日", "😀", "\xff", "\x00", secret, "b c", "\n"}
	for range 3000 {
		var in strings.Builder
		for range rnd.IntN(30) {
			in.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		whole, _ := r.Excerpt([]byte(in.String()), 1<<20)
		for _, limit := range []int{0, 1, 2, 3, 7, 20, 64, len(whole), len(whole) + 1} {
			got, cut := r.Excerpt([]byte(in.String()), limit)
			switch {
			case len(got) > limit || !utf8.ValidString(got) || !strings.HasPrefix(whole, got):
				t.Fatalf("%q to %d: %q of %q", in.String(), limit, got, whole)
			case cut != (len(whole) > limit) || cut && len(got) < limit-3:
				t.Fatalf("%q to %d: %q, cut %v", in.String(), limit, got, cut)
			case strings.Contains(got, "secret"):
				t.Fatalf("%q to %d: %q", in.String(), limit, got)
			}
		}
	}
	if got, cut := r.Excerpt([]byte(strings.Repeat("日", 2000)), record.ExcerptSize); len(got) != 4095 || !cut {
		t.Errorf("%d bytes of a text of wide characters", len(got))
	}
}

func TestURL(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:8080/mcp":                    "http://127.0.0.1:8080/mcp",
		"https://user:pass@example.com/mcp":            "https://credentials@example.com/mcp",
		"https://token@example.com/":                   "https://credentials@example.com/",
		"https://example.com/mcp?key=abc#access=token": "https://example.com/mcp?...",
		"://bad\x7f": "(an address that cannot be read)",
	} {
		if got := record.URL(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
