package record

import "io"

// Limits is how a server bounds how often it is called, as it is saved and printed.
type Limits struct {
	Version  int    `json:"v"`
	Target   string `json:"target"`
	Protocol string `json:"protocol"`
	// Tool is the one whose calls were counted, Calls how many requests were sent, Fastest
	// how many in a second at most.
	Tool    string  `json:"tool"`
	Calls   int     `json:"calls"`
	Fastest float64 `json:"max_rate_per_s"`
	Layers  []Layer `json:"layers"`
	// Looks are what was tried while a client was limited.
	Looks []Look `json:"looks"`
	// Refusal is how it is refused, "" where it never was; Honest what became of calls that
	// came again when they were told to, "" where none was told.
	Refusal string `json:"refusal,omitempty"`
	Honest  string `json:"honest,omitempty"`
	// Cut is why not all was tried, "" where it was.
	Cut      string    `json:"cut,omitempty"`
	Findings []Finding `json:"findings"`
}

// Layer is for whom or what calls may be counted, and whether they are.
type Layer struct {
	Name string `json:"layer"`
	// State is one of the Layer words.
	State string `json:"state"`
	// Calls is how many are let through at once by a limit, else how many came through
	// without one; of the layer of connections it is how many of those.
	Calls int `json:"calls"`
	// AtMost: a limit lets through so many or fewer at once, and more while they come.
	// AtLeast: it lets through so many or more.
	AtMost  bool `json:"at_most,omitempty"`
	AtLeast bool `json:"at_least,omitempty"`
	// PerSecond is how many are let through in the long run, over the Seconds that Served of
	// them took; 0 where that is not known.
	PerSecond float64 `json:"per_s,omitempty"`
	Served    int     `json:"served,omitempty"`
	Seconds   float64 `json:"seconds,omitempty"`
	// Why tells what is not known, or by what it is.
	Why string `json:"why,omitempty"`
}

// The words of Layer.State: there is a limit; none was met; or nothing can be said.
const (
	LayerLimited = "limited"
	LayerNone    = "none"
	LayerUnknown = "unknown"
)

// Look is something that was tried while a client was limited, and what came of it.
type Look struct {
	Name  string `json:"look"`
	Doc   string `json:"-"`
	Found string `json:"found"`
}

// Encode writes the answer as one JSON object.
func (l Limits) Encode(w io.Writer) error { return Print(w, l) }
