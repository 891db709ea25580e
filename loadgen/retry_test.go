package loadgen_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// refusing answers so many calls with 429, then one with a result, and so on.
func refusing(t *testing.T, times int, retryAfter string) (url string, asked func() int) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		n++
		refuse := n%(times+1) != 0
		mu.Unlock()
		if refuse {
			w.Header().Set("Retry-After", retryAfter)
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		sendJSON(w, result(string(messageOf(body).ID)))
	}))
	t.Cleanup(web.Close)
	return web.URL, func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

func TestCallsAreSentAgain(t *testing.T) {
	for _, test := range []struct {
		refusals, retries int
		want              map[string]int
		retried           int64
	}{
		{2, 2, map[string]int{"ok": 4, "accepted": 4, "reject_clean": 8, "rejected": 8}, 8},
		{5, 2, map[string]int{"ok": 2, "accepted": 2, "reject_clean": 10, "rejected": 10}, 8},
		{0, 2, map[string]int{"ok": 12, "accepted": 12}, 0},
	} {
		url, asked := refusing(t, test.refusals, "3600") // nobody waits for that
		cfg := load(url)
		cfg.Plan.Pacer, cfg.Plan.FanOut.Fixed, cfg.Plan.For, cfg.Plan.MaxCalls = nil, 1, time.Hour, 12
		cfg.Agents, cfg.Retries = 1, test.retries
		r := run(t, cfg)
		check(t, r, test.want)
		if r.Retried != test.retried || r.Waited != 0 || asked() != 12 {
			t.Errorf("%d refusals: %d calls sent again, %d waited, %d asked; want %d, 0 and 12", test.refusals, r.Retried, r.Waited, asked(), test.retried)
		}
	}
}

func TestCallsAreSentAgainWhenTheServerSaid(t *testing.T) {
	url, _ := refusing(t, 1, "1")
	cfg := load(url)
	cfg.Plan.Pacer, cfg.Plan.FanOut.Fixed, cfg.Plan.For, cfg.Plan.MaxCalls = nil, 1, time.Hour, 2
	cfg.Agents, cfg.Retries, cfg.Patient = 1, 1, true
	r := run(t, cfg)
	check(t, r, map[string]int{"ok": 1, "accepted": 1, "reject_clean": 1, "rejected": 1})
	if r.Retried != 1 || r.Waited != 1 || r.Kept != 1 || r.Took < time.Second {
		t.Errorf("%d sent again, %d waited, %d let in, in %v; want 1 of each in a second at least", r.Retried, r.Waited, r.Kept, r.Took)
	}
}

// A load that ends waits for nobody who was told to come again much later.
func TestAWaitEndsWithTheLoad(t *testing.T) {
	url, asked := refusing(t, 1, "3000")
	cfg := load(url)
	cfg.Plan.Pacer, cfg.Plan.FanOut.Fixed, cfg.Plan.For = nil, 1, time.Hour
	cfg.Agents, cfg.Retries, cfg.Patient = 1, 1, true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.Each = func(loadgen.Ended) { cancel() }
	r, err := loadgen.Run(ctx, cfg)
	if err != nil || r.Calls() != 1 || asked() != 1 {
		t.Errorf("error %v, %d calls, asked %d times; want the one that was refused", err, r.Calls(), asked())
	}
}

// The clients of a closed load together send no more than they may in a second.
func TestAClosedLoadKeepsToItsHighestRate(t *testing.T) {
	const calls, perSecond = 100, 500
	url, _ := refusing(t, 0, "")
	cfg := closed(url, 4, calls)
	cfg.MaxRate = perSecond
	began := time.Now()
	r := run(t, cfg)
	took, least := time.Since(began), (calls-1)*time.Second/perSecond-time.Millisecond
	if r.Calls() != calls || r.Classes[loadgen.OK] != calls || took < least {
		t.Errorf("%d calls, %d of them right, in %v; want no less than %v", r.Calls(), r.Classes[loadgen.OK], took, least)
	}
	if cfg.MaxRate = 0; cfg.Check() == nil {
		t.Error("a load that may send nothing is none")
	}
}
