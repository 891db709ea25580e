package oracles

import (
	"slices"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// disconnectDemands are those of calls whose client is gone before they are answered.
// That is no cancelling up to 2025-11-25, and must be one in 2026-07-28: there a call
// that leaves its effect may just have been quicker, so that nothing is proved.
func disconnectDemands() []demand {
	return []demand{{rule: "HTTP-12", posed: disconnects, broken: droppedWithItsClient}}
}

// disconnects reports whether a step closes the connection of a call before it, behind
// others that show what there was before.
func disconnects(f frame) bool {
	d, ok := f.step.(scenarios.Disconnect)
	if !ok || !f.streamable() || d.Of > len(f.before) || d.Of < 2 {
		return false
	}
	_, call := calling(f.before[d.Of-1])
	return call && owed(f.before[d.Of-1])
}

// droppedWithItsClient finds servers on which a call whose client had gone leaves
// nothing, while the same call leaves its mark once it is waited for.
func droppedWithItsClient(o Observation, s Seen) (string, Severity) {
	gone := o.at(strconv.Itoa(s.Sent.(scenarios.Disconnect).Of))
	params, _ := calling(gone.Sent)
	at := o.place(gone)
	again := slices.IndexFunc(o.Seen[at+1:], func(later Seen) bool { return len(o.answersLike(gone, []Seen{later})) > 0 })
	if !gone.Abandoned || gone.Cancelled || !marks.MatchString(params.String()) || again < 0 {
		return "", SeverityUnset
	}
	again += at + 1
	for i := range o.Seen[at+1 : again] {
		reader := o.Seen[at+1+i]
		before, after := o.shows(reader, gone, o.Seen[:at]), o.shows(reader, gone, o.Seen[again+1:])
		between := o.shows(reader, gone, o.Seen[at+1:again])
		same := len(before) > 1 && len(slices.Compact(slices.Concat(before, between))) == 1
		if same && len(after) > 0 && slices.Min(after) > before[0] && hadTime(gone, reader, o.Seen[again]) && o.undisturbed(gone, reader, o.Seen[again]) {
			return "before its call was answered kept that from being run: what it writes is not there, and is once the same call is waited for", SeverityUnset
		}
	}
	return "", SeverityUnset
}

// undisturbed reports whether nothing but what reads was called between a call and the same
// one made again, which may have destroyed what it wrote or made the server take it, nor
// before them what may have been late.
func (o Observation) undisturbed(gone, reader, again Seen) bool {
	calls := func(other Seen) bool { return given(other.Sent) != "" && !o.sameCall(reader, other) }
	return !slices.ContainsFunc(o.beside(gone, reader), calls) && !slices.ContainsFunc(o.Seen[o.place(gone)+1:o.place(again)], calls)
}

// place is where a frame stands among those that were sent.
func (o Observation) place(s Seen) int {
	return slices.IndexFunc(o.Seen, func(other Seen) bool { return other.Step == s.Step })
}

// timeFactor is how many times as long as the same call takes a server is given to
// run one whose client is gone, and leastTime the shortest time for that.
const (
	timeFactor = 4
	leastTime  = 200 * time.Millisecond
)

// hadTime reports whether a call had time enough to leave its mark before it was looked
// for, by how long the same call took when it was waited for.
func hadTime(gone, reader, again Seen) bool {
	a, _ := again.answer()
	took := a.Frame.At.Sub(again.Write.Start)
	return reader.Write.Start.Sub(gone.Write.Start) > max(leastTime, timeFactor*took)
}
