package record

import (
	"io"
	"math"
	"strconv"
	"time"
)

// Load is the answer of a load, as it is saved and printed.
type Load struct {
	Version  int    `json:"v"`
	Target   string `json:"target"`
	Protocol string `json:"protocol"`
	// Nice is how many steps of nice(1) the priority of the target was below that of the load.
	Nice int `json:"target_nice,omitempty"`
	// Engine is what sent the calls where that is not mcpfuzz itself.
	Engine string `json:"engine,omitempty"`
	// Agents is how many clients a closed load was of, 0 for an open one.
	Agents int    `json:"agents,omitempty"`
	Seed   uint64 `json:"seed"`
	// Schedule is the digest of what was sent when.
	Schedule string `json:"schedule_digest"`
	// Offered and Achieved are calls in a second.
	Offered  float64 `json:"offered_per_s"`
	Achieved float64 `json:"achieved_per_s"`
	// FollowUps are prompts that followed the answers of others, beside Prompts.
	Prompts   int64   `json:"prompts"`
	FollowUps int64   `json:"follow_ups,omitempty"`
	Calls     int64   `json:"calls"`
	Seconds   float64 `json:"seconds"`
	// Running: it was under way when this was saved.
	Running bool `json:"running,omitempty"`
	// Classes are those that calls ended in, the best first.
	Classes  []LoadClass      `json:"classes"`
	Outcomes map[string]int64 `json:"outcomes"`
	// Response counts from when a call was due, Service from when it was sent, which
	// was Lag later.
	Response Times      `json:"response"`
	Service  Times      `json:"service"`
	Lag      Times      `json:"lag"`
	Tools    []LoadTool `json:"tools"`
	// Profile is the one whose mistakes were made, "" for right calls alone. Mistakes counts
	// them by class, beside the calls that were right. Followed counts the calls of its loops
	// beside their first ones.
	Profile  string    `json:"profile,omitempty"`
	Mistakes []Mistake `json:"mistakes,omitempty"`
	Followed int64     `json:"followed,omitempty"`
	// Retried counts the calls that clients sent again, Waited those of them that came when
	// they were told to, Kept those of these that were then let in.
	Retried int64 `json:"retried,omitempty"`
	Waited  int64 `json:"waited,omitempty"`
	Kept    int64 `json:"kept,omitempty"`
	// Strays are messages that answered no call.
	Strays int64 `json:"strays"`
	// Goroutines is how many a server in our own process left.
	Goroutines int `json:"goroutines_left,omitempty"`
	// Limited says why the load tells of the generator, "" where it does not.
	Limited string `json:"generator_limited,omitempty"`
	// Problem is the first answer that was not accepted, "" for none.
	Problem string `json:"problem,omitempty"`
	// Study is how the server bears more and more, nil where that was not asked.
	Study *Study `json:"study,omitempty"`
	// Slow is what slow clients do to others, by kind, nil where that was not asked.
	Slow []SlowClients `json:"slow_clients,omitempty"`
	// Burst is what became of many calls at once, nil where that was not asked.
	Burst *Burst `json:"burst,omitempty"`
	// Sessions are many that were opened and ended, nil where that was not asked.
	Sessions *Sessions `json:"sessions,omitempty"`
	// Used is what the target used, nil where that is not known.
	Used *Used `json:"used,omitempty"`
	// Expected is what was expected of it.
	Expected []Expected `json:"expected,omitempty"`
}

// Expected is something that was expected of a load, what was measured of it, and
// whether it held.
type Expected struct {
	What     string `json:"what"`
	Measured string `json:"measured"`
	Held     bool   `json:"held"`
}

// LoadClass counts the calls of a class; Meaning is what that is.
type LoadClass struct {
	Name    string `json:"class"`
	Calls   int64  `json:"calls"`
	Meaning string `json:"-"`
}

// Mistake counts the calls of a load that make one, and what became of them.
type Mistake struct {
	// Class is that of the mistake, "" where the call is right, and Name its name.
	Class string `json:"class,omitempty"`
	Name  string `json:"name"`
	// Want is what validating the calls that were sent says that a server should do.
	Want  string `json:"want"`
	Calls int64  `json:"calls"`
	// Broke counts those that got an internal error, a wrong answer or none.
	Refused  int64 `json:"refused"`
	Accepted int64 `json:"accepted"`
	Broke    int64 `json:"broke"`
}

// LoadTool is a tool under load. OK counts the calls that got what they should.
type LoadTool struct {
	Name     string      `json:"tool"`
	Calls    int64       `json:"calls"`
	OK       int64       `json:"ok"`
	Classes  []LoadClass `json:"classes"`
	Response Times       `json:"response"`
}

// Times are the percentiles of some durations, in milliseconds by percentage, as far as
// there are enough for them.
type Times struct {
	Count       int64              `json:"count"`
	Percentiles map[string]float64 `json:"ms_at_percent"`
	Max         float64            `json:"ms_max"`
}

// Percentiles are the percentages that are told of.
func Percentiles() []float64 { return []float64{50, 90, 95, 99, 99.9} }

// NewTimes takes percentiles of so many durations.
func NewTimes(count int64, longest time.Duration, at func(percent float64) time.Duration) Times {
	t := Times{Count: count, Percentiles: map[string]float64{}, Max: milliseconds(longest)}
	for _, p := range Percentiles() {
		if count >= Needed(p) {
			t.Percentiles[percentKey(p)] = milliseconds(at(p))
		}
	}
	return t
}

// At is the duration at a percentage; it reports false where there are too few.
func (t Times) At(percent float64) (time.Duration, bool) {
	ms, ok := t.Percentiles[percentKey(percent)]
	return fromMilliseconds(ms), ok
}

// Longest is the longest.
func (t Times) Longest() time.Duration { return fromMilliseconds(t.Max) }

func percentKey(p float64) string { return strconv.FormatFloat(p, 'g', -1, 64) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func fromMilliseconds(ms float64) time.Duration {
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

// Needed is how many durations there must be for a percentile to tell something: ten
// beyond it. Fewer tell of one noisy neighbour.
func Needed(percent float64) int64 { return int64(math.Round(10 / (1 - percent/100))) }

// Encode prints the load as one object.
func (l Load) Encode(w io.Writer) error { return Print(w, l) }
