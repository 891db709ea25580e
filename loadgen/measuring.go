package loadgen

import (
	"net/http"
	"slices"
	"time"
)

// Rejudged judges an answer to the call of an id again and again, as one that came in a
// body of its own, and returns what was counted: it is for measuring what judging costs.
func Rejudged(answer []byte, id string, times int) Tally {
	j := newJudge(nil, &problem{}, nil)
	e := engine{limits: limits{time.Hour, time.Hour}, board: newBoard(1, 1), work: workload{templates: make([]template, 1)}}
	text, h := []byte(id), head{status: http.StatusOK, length: int64(len(answer))}
	for range times {
		j.begin(text, 0, false)
		j.respond(h)
		j.take(answer)
		v := j.end(endingUnset)
		e.count(0, shot{}, 1, time.Millisecond, v)
	}
	return e.board.total()
}

// Unjudged is a load over HTTP of whose answers nothing but the heads is read, each of which
// counts as right: it is for measuring what judging costs.
func Unjudged(cfg Config) Config {
	cfg.unjudged = true
	return cfg
}

// Recounted counts calls of one tool anew, dealt to so many tallies that are then merged, the
// last first: it is for checking that merging loses nothing.
func Recounted(calls []Ended, shards int) Tally {
	tallies := make([]Tally, shards)
	for i := range tallies {
		tallies[i] = newTally(1, 1)
	}
	for i, c := range calls {
		tallies[i%shards].add(ended{due: c.Due, sent: c.Sent, done: c.Done, class: c.Class})
	}
	all := newTally(1, 1)
	for _, t := range slices.Backward(tallies) {
		all.Merge(t)
	}
	return all
}
