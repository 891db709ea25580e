package transport_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// What we start gives way to us, and so does what it starts.
func TestTheNiceGiveWay(t *testing.T) {
	out, err := exec.Command("nice").Output()
	if err != nil {
		t.Skip("there is no nice(1):", err)
	}
	ours, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]int{0: ours, 10: min(19, ours+10), 40: 19} {
		if got := ours + transport.Nicer(n); got != want {
			t.Errorf("%d steps below %d are %d, want %d", n, ours, got, want)
		}
		conn := dial(t, transport.Command([]string{"sh", "-c", "read line; nice; sh -c nice"}, transport.CommandOptions{Nice: n}))
		send(t, conn, text("go")) // it was started before it is so
		if got := strings.Join(untilEnd(t, conn), " "); got != fmt.Sprint(want, " ", want) {
			t.Errorf("%d steps below %d it is at %s, want %d", n, ours, got, want)
		}
	}
}
