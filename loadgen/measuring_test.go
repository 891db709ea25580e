package loadgen_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// What is not judged counts as right, whatever it says; what does not come does not.
func TestALoadThatIsNotJudged(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, id string, n int64) {
		if n == 0 {
			panic(http.ErrAbortHandler)
		}
		sendJSON(w, result(id+"0"))
	})
	check(t, run(t, loadgen.Unjudged(closed(url, 2, 20))), map[string]int{"ok": 19, "accepted": 19, "reset": 1, "dropped": 1})
}

func TestRecounted(t *testing.T) {
	var calls []loadgen.Ended
	for i := range 1000 {
		at := time.Duration(i+1) * time.Millisecond
		calls = append(calls, loadgen.Ended{Due: at, Sent: at + 1, Done: 2 * at, Class: loadgen.OK})
	}
	calls[0].Class, calls[0].Sent = loadgen.Unsent, 0
	one, many := loadgen.Recounted(calls, 1), loadgen.Recounted(calls, 9)
	if one.Classes != many.Classes || many.Classes[loadgen.OK] != 999 || many.Classes[loadgen.Unsent] != 1 || many.Lag.Count() != 999 {
		t.Errorf("counted %v in one, %v in parts", one.Classes, many.Classes)
	}
	for _, percent := range []float64{1, 50, 99.9, 100} {
		if a, b := one.Response.At(percent), many.Response.At(percent); a != b || a == 0 {
			t.Errorf("at %v %%: %v in one, %v in parts", percent, a, b)
		}
	}
}
