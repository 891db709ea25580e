package execute_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

const (
	unreadable = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"cannot be read"}}`
	of77       = `{"jsonrpc":"2.0","id":77,"result":{}}`
	of78       = `{"jsonrpc":"2.0","id":78,"result":{}}`
)

// reading is a server that answers each line that holds a text by some lines, and all other
// requests by a result.
func reading(replies map[string][]string) func(context.Context, io.ReadWriteCloser) error {
	return func(_ context.Context, rwc io.ReadWriteCloser) error {
		lines := bufio.NewScanner(rwc)
		for lines.Scan() {
			id := idText.FindStringSubmatch(lines.Text())
			known := false
			for text, list := range replies {
				if known = strings.Contains(lines.Text(), text); known {
					fmt.Fprint(rwc, strings.Join(append(list, ""), "\n"))
					break
				}
			}
			if !known && id != nil {
				fmt.Fprintf(rwc, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25"}}`+"\n", id[1])
			}
		}
		return lines.Err()
	}
}

// What comes under an id that was sent twice, or under none, is for the frame that can get
// it.
func TestRepliesFindTheFrameThatTheyAreFor(t *testing.T) {
	const (
		malformed = `raw "{\"jsonrpc\":\"1.0\",\"id\":77,\"method\":\"a\"}\n"`
		single    = `raw "{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"a\"}\n"`
		batch     = `raw "[{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"b\"},{\"jsonrpc\":\"2.0\",\"id\":78,\"method\":\"b\"}]\n"`
		notify    = "notify notifications/x\n"
	)
	for _, tc := range []struct {
		name, steps string
		replies     map[string][]string
		want        []int
	}{
		{"the id of a malformed frame that is dropped", malformed + "\nrequest a id=77", map[string][]string{`"1.0"`: nil}, []int{0, 1}},
		{"an answered id in a batch, answered one by one", single + "\n" + batch, map[string][]string{`[{`: {of77, of78}}, []int{1, 2}},
		{"an answered id in a batch", single + "\n" + batch, map[string][]string{`[{`: {"[" + of77 + "," + of78 + "]"}}, []int{1, 1}},
		{"the id of a cancelled request", "request a id=77\ncancel 1\nrequest b id=77", map[string][]string{`"a"`: nil, "cancelled": nil}, []int{0, 0, 1}},
		{"two errors for one line", notify + `raw "{}{}\n"`, map[string][]string{"{}{}": {unreadable, unreadable}}, []int{0, 2}},
		{"a response that is refused", notify + `raw "{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}\n"`, map[string][]string{`"result"`: {unreadable}}, []int{0, 1}},
		{"an odd id", notify + "request a id=1.5", map[string][]string{"1.5": {unreadable}}, []int{0, 1}},
		{"no id", notify + "request a id=null", map[string][]string{`"id":null`: {unreadable}}, []int{0, 1}},
		{"lines of which the last has no end", notify + `raw "[x\n]y"`, map[string][]string{"[x": {unreadable}, "]y": {unreadable}}, []int{0, 1, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := session(t, reading(tc.replies)).Play(t.Context(), parse(t, tc.steps+"\nrequest c\n"), nil, 0)
			var got []int
			for _, s := range o.Seen {
				got = append(got, len(s.Answers))
			}
			if len(o.Strays) > 0 || !slices.Equal(got, append(tc.want, 1)) {
				t.Errorf("%d strays and %v answers, want none and %v, and one", len(o.Strays), got, tc.want)
			}
		})
	}
}
