package oracles

import (
	"slices"
	"strconv"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// elicitation is the capability of clients whose users can be asked, and elicit the
// method by which a server of a revision with sessions asks them.
const (
	elicitation = "elicitation"
	elicit      = "elicitation/create"
)

// confirmDemands are those of calls that destroy something, made by a client whose user
// can be asked. What is destroyed was written just before, and is gone from what another
// tool shows; that is proof, and no word of an answer is.
func confirmDemands() []demand {
	return []demand{
		{rule: "TOOL-15", posed: isRefused, broken: destroysRefused},
		{rule: "TOOL-15", posed: isMadeUp, broken: destroysUnasked},
		{rule: "TOOL-15", posed: isReplayed, broken: destroysReplayed},
		{rule: "TOOL-15", always: true, posed: isSilent, broken: asksNobody},
		{rule: "MOD-12", posed: isTampered, broken: trustsTampered},
		{rule: "MOD-12", posed: isMoved, broken: trustsMoved},
		{rule: "MOD-12", posed: isBorrowed, broken: trustsBorrowed},
	}
}

// retry is how a frame comes again, behind others that show what there was before it.
// That there is in the stateless revision alone.
func (f frame) retry() scenarios.Retry {
	if _, call := calling(f.step); !call || len(f.before) < 2 || f.Revision < modern {
		return scenarios.Retry{}
	}
	return scenarios.AttrsOf(f.step).Retry
}

// repeats reports whether a frame comes again as what it repeats was: the same call.
func (f frame) repeats() bool {
	of := f.retry().Of
	if of == 0 || of > len(f.before) {
		return false
	}
	params, _ := calling(f.written)
	first, call := calling(f.before[of-1])
	return call && first.Equal(params)
}

// isRefused reports whether the user of a frame's client does not agree: in the answer
// that the frame brings, or in the one that waits for whoever asks. isMadeUp, whether it
// brings an answer to what was asked of another call, without what came with that.
func isRefused(f frame) bool {
	if f.Revision >= modern {
		return f.repeats() && f.retry().State == "" && f.retry().Answer != scenarios.AnswerAccept
	}
	_, call := calling(f.step)
	return call && owed(f.step) && f.retry().Of == 0 && f.declines() && f.isAble()
}

func isMadeUp(f frame) bool {
	r := f.retry()
	return r.Of > 0 && !f.repeats() && r.State == scenarios.StateNone && r.Answer == scenarios.AnswerAccept
}

// isReplayed reports whether a frame brings the answer that an earlier one brought, with
// what came with the question.
func isReplayed(f frame) bool {
	r := f.retry()
	return f.repeats() && r.State == "" && r.Answer == scenarios.AnswerAccept && slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		return isSameRetry(step, f.written)
	})
}

// isSameRetry reports whether two steps are one call of one client that comes again in
// the same way.
func isSameRetry(a, b scenarios.Step) bool {
	params, call := calling(a)
	same, _ := calling(b)
	x, y := scenarios.AttrsOf(a), scenarios.AttrsOf(b)
	return call && x.Retry == y.Retry && x.As == y.As && params.Equal(same)
}

// isTampered reports whether a frame brings a state that is not as it came; isMoved,
// whether it brings one that came for another call, and isBorrowed, for another client.
func isTampered(f frame) bool { return f.retry().State == scenarios.StateTampered && f.repeats() }

func isMoved(f frame) bool {
	r := f.retry()
	return r.Of > 0 && !f.repeats() && r.State == "" && r.Answer == scenarios.AnswerAccept
}

func isBorrowed(f frame) bool {
	r := f.retry()
	return f.repeats() && r.State == "" && r.Answer == scenarios.AnswerAccept &&
		isAnother(asOf(f)) && clientOf(f.before[r.Of-1], f.before) == ""
}

// isSilent reports whether a frame is a call that brings no answer, of a client of the
// stateless revision whose user can be asked. In the others whoever asks needs a way
// back to the client, which not every server has.
func isSilent(f frame) bool {
	_, call := calling(f.step)
	return call && owed(f.step) && f.Revision >= modern && scenarios.AttrsOf(f.step).Retry.Of == 0 && len(f.before) > 2 && f.isAble()
}

// isAble reports whether the client of a frame has said that its user can be asked.
func (f frame) isAble() bool { return slices.Contains(f.abilities(), elicitation) }

// declines reports whether what a server asks the user of a frame's client is answered,
// and not by agreeing.
func (f frame) declines() bool {
	for _, step := range slices.Backward(f.before) {
		if a, ok := step.(scenarios.Answer); ok && a.Method == elicit {
			action, _ := a.Result.Member("action").Text()
			return action == scenarios.AnswerDecline || action == scenarios.AnswerCancel
		}
	}
	return false
}

func destroysRefused(o Observation, s Seen) (string, Severity) {
	answer := scenarios.AttrsOf(s.Sent).Retry.Answer
	switch {
	case !o.destroyed(s), o.Revision < modern && !o.askedDuring(s):
		return "", SeverityUnset
	case answer == scenarios.AnswerWrong:
		return "was confirmed by what is not of the form that was asked for, and has destroyed something", Low
	}
	return "was not confirmed by the user, who was asked, and has destroyed something all the same", High
}

func destroysUnasked(o Observation, s Seen) (string, Severity) {
	if !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "has destroyed something on a confirmation that nobody had asked for", Low
}

// destroysReplayed finds servers that take a state which they gave twice, each time to
// destroy what had been written just before. That they take it once is demanded of those
// alone that mean it so.
func destroysReplayed(o Observation, s Seen) (string, Severity) {
	used := slices.ContainsFunc(o.Seen[:max(0, o.place(s))], func(before Seen) bool {
		return isSameRetry(before.Sent, s.Sent) && o.destroyed(before)
	})
	if !used || !o.gaveState(s) || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "came again with a confirmation that was used, and has destroyed what was written since", Low
}

func asksNobody(o Observation, s Seen) (string, Severity) {
	if OutcomeOf(o, s) != Accepted || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "has destroyed something without asking the user, who can be asked", Info
}

// trustsTampered finds servers that need the state which they gave, and take another for
// it. Who needs none may ignore what comes.
func trustsTampered(o Observation, s Seen) (string, Severity) {
	if !o.needsState(s) || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "came with a requestState that was tampered with, and has destroyed something", SeverityUnset
}

// trustsMoved finds servers that need the state which they gave, and take it for any
// call. That they hold it to the call it was given for is recommended, not demanded.
func trustsMoved(o Observation, s Seen) (string, Severity) {
	if !o.needsState(s) || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "came with the requestState of another call, and has destroyed something", Medium
}

// trustsBorrowed finds servers that need the state which they gave, and take it of any
// client. That they hold it to the user it was given to is recommended, too, and two
// clients may be of one user; nobody can see that from outside.
func trustsBorrowed(o Observation, s Seen) (string, Severity) {
	if !o.needsState(s) || !o.destroyed(s) {
		return "", SeverityUnset
	}
	return "came with the requestState of another client, and has destroyed something, which may be meant", Info
}

// askedDuring reports whether the server asked the user in a request of its own while it
// had a frame to answer.
func (o Observation) askedDuring(s Seen) bool {
	answer, answered := s.answer()
	return answered && slices.ContainsFunc(o.Told, func(a Answer) bool {
		during := !a.Frame.At.Before(s.Write.Start) && !a.Frame.At.After(answer.Frame.At)
		return during && a.Reply.Kind == protocol.ServerRequest && a.Reply.Method == elicit
	})
}

// needsState reports whether the server gave a state, and the same call of the same
// client, confirmed but without it, was sent before this one and has destroyed nothing,
// and not for who sent it, or how often.
func (o Observation) needsState(s Seen) bool {
	without := scenarios.Retry{Of: scenarios.AttrsOf(s.Sent).Retry.Of, Answer: scenarios.AnswerAccept, State: scenarios.StateNone}
	return o.gaveState(s) && slices.ContainsFunc(o.Seen[:max(0, o.place(s))], func(before Seen) bool {
		return scenarios.AttrsOf(before.Sent).Retry == without && o.sameCall(s, before) && before.settled() && !before.TurnedAway() && o.spared(before)
	})
}

// gaveState reports whether a state came with the question that a frame answers.
func (o Observation) gaveState(s Seen) bool {
	return o.at(strconv.Itoa(scenarios.AttrsOf(s.Sent).Retry.Of)).members()["requestState"] != nil
}

// destroyed reports whether a mark that a call before a frame has left is shown less
// often behind the frame than before it, where it was shown twice alike; a frame that
// brings a mark of its own has changed what was there. spared, whether it is shown as often.
func (o Observation) destroyed(s Seen) bool {
	before, after, ok := o.shownAround(s)
	return ok && after < before && !marks.MatchString(given(s.Sent))
}

func (o Observation) spared(s Seen) bool {
	before, after, ok := o.shownAround(s)
	return ok && after == before
}

// shownAround is how often the mark of what was written is shown before a frame and
// behind it; false where that cannot be told. The call that shows it is one that is made
// before and behind, and is not the frame itself; what else was called between the two may
// have destroyed it.
func (o Observation) shownAround(s Seen) (before, after int, ok bool) {
	at := o.place(s)
	writer := o.writer()
	if writer < 0 || writer >= at {
		return 0, 0, false
	}
	for _, reader := range o.Seen[at+1:] {
		shown := o.shows(reader, o.Seen[writer], o.Seen[writer+1:at])
		now := o.shows(reader, o.Seen[writer], []Seen{reader})
		itself := len(o.answersLike(reader, []Seen{s})) > 0
		alone := !slices.ContainsFunc(o.beside(s, reader), o.mayDestroy)
		if n := len(shown); alone && !itself && n > 1 && len(now) == 1 && shown[n-1] > 0 && shown[n-1] == shown[n-2] {
			return shown[n-1], now[0], true
		}
	}
	return 0, 0, false
}

// mayDestroy reports whether a frame may have a tool destroy something, be it by bytes that
// are read as a call. What was answered by a question was not done.
func (o Observation) mayDestroy(s Seen) bool { return given(s.Sent) != "" && OutcomeOf(o, s) != Asked }

// Destroys reports whether a step of a case, which calls a tool, has destroyed what an
// earlier one wrote.
func Destroys(o Observation, step string) bool { return o.destroyed(o.at(step)) }
