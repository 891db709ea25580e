package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What one case may ask for at most.
const (
	maxBurst    = 10_000
	maxPause    = time.Minute
	maxDeadline = 10 * time.Minute
	maxSteps    = 10_000
)

var (
	caseName   = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,99}$`)
	stepPlace  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	revision   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	capability = regexp.MustCompile(`^[A-Za-z]+$`)
	marker     = regexp.MustCompile(`(?m)^-- .* --$`)
)

// Check reports what makes a case one that cannot be written down or played.
func (c Case) Check() error {
	switch {
	case !caseName.MatchString(c.Name):
		return fmt.Errorf("the name %q: want lower-case letters, digits, '-', '_' and '.', at most 100", c.Name)
	case c.Note != CleanNote(c.Note):
		return fmt.Errorf("the note holds what cannot be written down (a line like a section's, or no UTF-8)")
	case c.Protocol != "" && !revision.MatchString(c.Protocol):
		return fmt.Errorf("the protocol %q: want a revision like 2025-11-25", c.Protocol)
	case c.Deadline < 0 || c.Deadline > maxDeadline:
		return fmt.Errorf("the deadline %v: want at most %v", c.Deadline, maxDeadline)
	case len(c.Steps) == 0:
		return fmt.Errorf("there are no steps")
	case len(c.Steps) > maxSteps:
		return fmt.Errorf("%d steps are more than %d", len(c.Steps), maxSteps)
	case c.Finding != nil && !stepPlace.MatchString(c.Finding.Step):
		return fmt.Errorf("the finding's step %q: want a step like 2, or 2.7 in a burst", c.Finding.Step)
	}
	for i, s := range c.Steps {
		if err := checkStep(s); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return c.checkMark()
}

// checkMark holds the finding's step to the steps that there are.
func (c Case) checkMark() error {
	if c.Finding == nil {
		return nil
	}
	place, frame, inBurst := strings.Cut(c.Finding.Step, ".")
	n, err := strconv.Atoi(place)
	if err != nil || n < 1 || n > len(c.Steps) {
		return fmt.Errorf("the finding's step %q: there are %d steps", c.Finding.Step, len(c.Steps))
	}
	if !inBurst {
		return nil
	}
	burst, _ := c.Steps[n-1].(Burst)
	if k, err := strconv.Atoi(frame); err != nil || k < 1 || k > burst.N {
		return fmt.Errorf("the finding's step %q: step %d is no burst of that many frames", c.Finding.Step, n)
	}
	return nil
}

func checkStep(step Step) error {
	if n := valueOf(step).Size(); n > maxExpanded {
		return fmt.Errorf("it expands to %d bytes, more than 1 GiB", n)
	}
	switch s := step.(type) {
	case Burst:
		return checkBurst(s)
	case Cancel:
		return checkCounted("cancel", s.Of)
	case Disconnect:
		return checkCounted("disconnect", s.Of)
	case Fetch:
		return checkCounted("fetch", s.Of)
	case Pause:
		if s.For < 0 || s.For > maxPause {
			return fmt.Errorf("pause %v: want at most %v", s.For, maxPause)
		}
	case Gen:
		if s.N < 1 {
			return fmt.Errorf("gen %s %d: want at least 1", s.Class, s.N)
		}
	}
	return nil
}

// checkCounted holds the number of a step that a step of that word is about.
func checkCounted(word string, of int) error {
	if of < 1 {
		return fmt.Errorf("%s %d: steps are counted from 1", word, of)
	}
	return nil
}

// valueOf is what a step sends beside its names.
func valueOf(step Step) Value {
	switch s := step.(type) {
	case Call:
		return s.Args
	case Request:
		return s.Params
	case Notify:
		return s.Params
	case Answer:
		return s.Result
	}
	return Value{}
}

func checkBurst(b Burst) error {
	switch {
	case b.N < 1 || b.N > maxBurst:
		return fmt.Errorf("burst %d: want 1 to %d frames", b.N, maxBurst)
	case len(b.Lines) == 0:
		return fmt.Errorf("the burst has no lines under it")
	}
	for _, l := range b.Lines {
		switch l.(type) {
		case Call, Request:
		default:
			return fmt.Errorf("a burst holds call and request lines only")
		}
		if err := checkStep(l); err != nil {
			return err
		}
	}
	return nil
}

// CleanNote makes prose that a case can carry as its Note, and that harms no
// terminal.
func CleanNote(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.Map(func(c rune) rune {
		if c != '\n' && !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, s)
	s = strings.TrimSpace(s)
	return marker.ReplaceAllStringFunc(s, func(m string) string { return m[1:] })
}
