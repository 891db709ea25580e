package loadgen_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

// The answers of as many prompts as the seed says are followed by others, and these by others.
func TestPromptsFollowAnswers(t *testing.T) {
	const prompts, fanOut = 60, 3
	for _, connections := range []int{fanOut, 64} {
		s := &strict{}
		web := httptest.NewServer(s)
		cfg := mistaken(t, 1, prone(), load(web.URL))
		cfg.Plan.Traffic, cfg.Connections = nil, connections
		cfg.Plan.Pacer, cfg.Plan.For, cfg.Plan.MaxCalls = loadgen.Bursts{Size: prompts, Every: time.Hour}, time.Hour, 10_000
		cfg.Plan.FanOut.Fixed, cfg.Plan.FollowUps, cfg.MaxRate = fanOut, 0.5, 1e9
		r := run(t, cfg)
		web.Close()
		if want := (prompts + r.FollowUps) * fanOut; r.Prompts != prompts || r.FollowUps < prompts/2 || r.Calls() != want || int64(s.served) != want {
			t.Errorf("%d prompts, %d follow-ups, %d calls, %d of them served; want %d", r.Prompts, r.FollowUps, r.Calls(), s.served, want)
		}
		check(t, r, map[string]int{"ok": int(r.Calls()), "accepted": int(r.Calls())})
		alone := cfg
		alone.Plan.FollowUps = 0
		if r.Digest != cfg.Plan.Digest(prompts, 1) || r.Digest == alone.Plan.Digest(prompts, 1) {
			t.Error("the digest does not name the follow-ups")
		}
	}
}

// A load is no larger than it may be, whatever follows.
func TestFollowUpsKeepToTheBounds(t *testing.T) {
	s := &strict{}
	web := httptest.NewServer(s)
	defer web.Close()
	cfg := mistaken(t, 1, prone(), load(web.URL))
	cfg.Plan.Pacer, cfg.Plan.For, cfg.Plan.MaxCalls = loadgen.Bursts{Size: 100, Every: time.Hour}, time.Hour, 400
	cfg.Plan.FanOut.Fixed, cfg.Plan.FollowUps, cfg.MaxRate = 1, 0.5, 1e9
	if r := run(t, cfg); r.Calls() > 400 || r.FollowUps == 0 || r.Followed == 0 || int64(s.served+s.refused) != r.Calls() {
		t.Errorf("%d calls, %d follow-ups, %d of loops, %d came; want no more than 400", r.Calls(), r.FollowUps, r.Followed, s.served+s.refused)
	}
}
