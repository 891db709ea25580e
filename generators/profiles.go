package generators

import (
	"fmt"
	"slices"
	"strconv"
)

// Basis is what a rate rests on.
type Basis string

// The bases: counted in outputs of models; counted, then split or discounted;
// or without data.
const (
	Measured Basis = "measured"
	Derived  Basis = "derived"
	Guess    Basis = "guess"
)

// Rate is how common a class is with one kind of model or client.
type Rate struct {
	// Profile is the name of the kind, Class the id of the mistake.
	Profile, Class string
	// Percent is of Of: "calls", "sessions", or "responses", each of which holds
	// the calls that a model makes at once.
	Percent float64
	Of      string
	Basis   Basis
}

// Loop is a class that some sessions fall into, and the lengths of the loops
// that were seen.
type Loop struct {
	Rate
	Lengths []int
}

// Profile is how often one kind of model, or of client, makes each mistake. It
// is immutable.
type Profile struct {
	Name string
	// Doc is one sentence: whose calls were counted, and where.
	Doc string
	// Adjective names the calls of the profile: "frontier".
	Adjective string
	// Stress: it is made for coverage and stands for nobody.
	Stress bool
	// Rates are of calls, in the order of the classes; all other calls are valid.
	Rates []Rate
	// Loops are of sessions.
	Loops []Loop
	// FanOut says how many calls a response makes at once.
	FanOut FanOut
}

// Profiles returns the profiles that come with mcpfuzz.
func Profiles() []Profile { return slices.Clone(embedded()) }

// FindProfile returns the profile of a name.
func FindProfile(name string) (Profile, bool) {
	for _, p := range embedded() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// RatesOf returns how common a class is, by profile. There is no rate where it
// was neither seen nor guessed at.
func RatesOf(class string) []Rate {
	var list []Rate
	for _, p := range embedded() {
		for _, r := range p.rates() {
			if r.Class == class {
				list = append(list, r)
			}
		}
	}
	return list
}

// rates are all rates that a profile tells of.
func (p Profile) rates() []Rate {
	list := slices.Clone(p.Rates)
	for _, l := range p.Loops {
		list = append(list, l.Rate)
	}
	if !p.Stress {
		// Some profiles have the fan-out of models like theirs.
		list = append(list, Rate{p.Name, parallelClass, p.FanOut.Several(), "responses", Derived})
	}
	return list
}

// Wrong is the percentage of calls that go wrong, loops aside.
func (p Profile) Wrong() float64 {
	sum := 0.0
	for _, r := range p.Rates {
		sum += r.Percent
	}
	return sum
}

// HowOften says in a sentence how common a class is where it is most common,
// going by what was counted if anything was; "" where nothing is known.
func HowOften(class string) string {
	var most Rate
	adjective := ""
	for _, p := range embedded() {
		for _, r := range p.rates() {
			if r.Class == class && !p.Stress && r.above(most) {
				most, adjective = r, p.Adjective
			}
		}
	}
	if most.Basis == "" {
		return ""
	}
	basis := string(most.Basis)
	if most.Basis == Guess {
		basis = "a guess, without data"
	}
	percent := strconv.FormatFloat(most.Percent, 'g', 3, 64)
	return fmt.Sprintf("%s %% of %s %s look like this (%s)", percent, adjective, most.Of, basis)
}

// above reports whether a rate says more than another: counted before guessed
// at, then the greater.
func (r Rate) above(other Rate) bool {
	if guess := r.Basis == Guess; other.Basis != "" && guess != (other.Basis == Guess) {
		return !guess
	}
	return r.Percent > other.Percent
}
