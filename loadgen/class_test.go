package loadgen

import (
	"net/http"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/oracles"
)

func TestClasses(t *testing.T) {
	const within, late, beyond = time.Second, 3 * time.Second, 5 * time.Second
	l := limits{deadline: 2 * time.Second, timeout: 4 * time.Second}
	busy := verdict{outcome: oracles.Rejected, status: http.StatusTooManyRequests}
	retry := busy
	retry.retry = true
	told := verdict{outcome: oracles.Rejected, isRPC: true, overload: true}
	for _, test := range []struct {
		name string
		v    verdict
		took time.Duration
		want Class
	}{
		{"a result", verdict{outcome: oracles.Accepted}, within, OK},
		{"a late result", verdict{outcome: oracles.Accepted}, late, Late},
		{"a result that nobody waits for", verdict{outcome: oracles.Accepted}, beyond, Timeout},
		{"a tool that says that it failed", verdict{outcome: oracles.Rejected, isError: true}, within, ToolError},
		{"429 and when to come again", retry, within, RejectClean},
		{"the same too late to be of use", retry, late, RejectBare},
		{"429 and nothing else", busy, within, RejectBare},
		{"503 and nothing else", verdict{outcome: oracles.Faulted, status: 503}, within, RejectBare},
		{"429 and an error of another kind", verdict{outcome: oracles.Rejected, status: 429, isRPC: true}, within, RPCError},
		{"an error that tells of overload", told, within, RejectClean},
		{"any other error", verdict{outcome: oracles.Rejected, isRPC: true}, within, RPCError},
		{"an internal error", verdict{outcome: oracles.Faulted, isRPC: true}, within, RPCError},
		{"404", verdict{outcome: oracles.Rejected, status: 404}, within, RPCError},
		{"500", verdict{outcome: oracles.Faulted, status: 500}, within, RPCError},
		{"another id", verdict{outcome: oracles.Garbled, status: 200}, within, Wrong},
		{"no HTTP", verdict{outcome: oracles.Garbled, ending: endedBadly}, within, Wrong},
		{"half an answer", verdict{outcome: oracles.Garbled, ending: endedByPeer}, within, Reset},
		{"a connection that ended", verdict{outcome: oracles.Dropped, ending: endedByPeer}, within, Reset},
		{"a response without an answer", verdict{outcome: oracles.Dropped, status: 202}, within, Reset},
		{"a process that ended", verdict{outcome: oracles.Crashed, ending: endedByPeer}, within, Reset},
		{"no connection", verdict{outcome: oracles.Crashed, ending: endedUndialled}, within, Refused},
		{"no answer", verdict{outcome: oracles.Dropped, ending: endedByTime}, beyond, Timeout},
		{"no lane", verdict{outcome: oracles.Unsent}, beyond, Unsent},
	} {
		if got := test.v.class(test.took, l); got != test.want {
			t.Errorf("%s is %s, want %s", test.name, got, test.want)
		}
	}
}

func TestEveryClassHasARow(t *testing.T) {
	rows := Classes()
	if len(rows) != int(classes)-1 {
		t.Fatalf("there are %d rows for %d classes", len(rows), classes-1)
	}
	for i, row := range rows {
		if row.Class != Class(i+1) || row.Class.String() != row.Name || row.Doc == "" {
			t.Errorf("row %d is %+v", i, row)
		}
	}
	if ClassUnset.String() != "" {
		t.Errorf("no class is %q", ClassUnset)
	}
}
