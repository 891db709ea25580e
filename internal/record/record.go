package record

// Version is the schema version of every line and summary written here. A
// reader refuses a newer one.
const Version = 1

// Line is one line of records.jsonl. Exactly one of its parts is set, the one
// that Kind names. A finding may stand twice, as it was first seen and as it was
// settled in the end: the later line counts.
type Line struct {
	Version int      `json:"v"`
	Kind    string   `json:"kind"`
	Run     *Run     `json:"run,omitempty"`
	Case    *Case    `json:"case,omitempty"`
	Finding *Finding `json:"finding,omitempty"`
	End     *Summary `json:"end,omitempty"`
}

// The kinds of line, in the order in which they first occur.
const (
	KindRun     = "run"
	KindCase    = "case"
	KindFinding = "finding"
	KindEnd     = "end"
)

// Run is the first line: what was started, against what.
type Run struct {
	Tool     string `json:"tool"`
	Target   string `json:"target"`
	Protocol string `json:"protocol"`
	Seed     uint64 `json:"seed"`
	Cases    int    `json:"cases"`
	Catalog  string `json:"catalog_digest"`
	Started  string `json:"started"`
	// Tools, Prompts and Resources count what is listed, Pairs the pairs of such a
	// thing and a class.
	Tools        int            `json:"tools_listed"`
	Prompts      int            `json:"prompts_listed"`
	Resources    int            `json:"resources_listed"`
	Pairs        int            `json:"pairs_applicable"`
	Skipped      []Skip         `json:"skipped"`
	Inconclusive []Inconclusive `json:"inconclusive"`
}

// Case is one case that was played.
type Case struct {
	Index int    `json:"index"`
	Tool  string `json:"tool,omitempty"`
	// Feature is what Tool is where it is no tool: "prompt", "resource",
	// "completion".
	Feature  string   `json:"feature,omitempty"`
	Class    string   `json:"class"`
	Outcomes []string `json:"outcomes"`
	Micros   int64    `json:"us"`
	// Rules are the rows of the oracle table that it put to the test.
	Rules []string `json:"rules,omitempty"`
	// Signatures are the findings it showed, known or new.
	Signatures []string `json:"signatures,omitempty"`
	// Note says why it was not played, "" when it was.
	Note string `json:"note,omitempty"`
}

// Finding is a judged fault as it is saved and printed.
type Finding struct {
	Oracle    string   `json:"oracle"`
	Signature string   `json:"signature"`
	Basis     string   `json:"basis"`
	Rule      string   `json:"rule"`
	Spec      string   `json:"spec"`
	Severity  string   `json:"severity"`
	Confirmed string   `json:"confirmed"`
	Tool      string   `json:"tool"`
	Mutant    string   `json:"mutant"`
	Message   string   `json:"message"`
	Sent      string   `json:"sent"`
	Received  string   `json:"received"`
	Truncated bool     `json:"truncated,omitempty"`
	Stderr    []string `json:"stderr"`
	// Fix is the guard of the reference server that would have stopped it, Guide where
	// that is told of.
	Fix       string `json:"fix"`
	Guide     string `json:"guide"`
	Reproduce string `json:"reproduce"`
	File      string `json:"file"`
	// HowOften says how common the mistake is, "" where that is not known.
	HowOften string `json:"how_often,omitempty"`
	// Case is the index of the case that showed it first, NoCase for advice; Seen
	// how many cases of the run showed it.
	Case int `json:"case"`
	Seen int `json:"seen"`
}

// NoCase is the case of a finding that needs none.
const NoCase = -1

// The words of Finding.Confirmed: shown again three times of three, the first on a
// fresh process, or on a fresh session; read off what the server lists, which needs no
// case; not each time; or not tried for lack of time.
const (
	ConfirmedProcess = "process"
	ConfirmedSession = "session"
	ConfirmedCatalog = "catalogue"
	Flaky            = "flaky"
	Unconfirmed      = "unconfirmed"
)

// Counts reports whether the finding was confirmed, so that it may fail a run.
func (f Finding) Counts() bool {
	return f.Confirmed == ConfirmedProcess || f.Confirmed == ConfirmedSession || f.IsAdvice()
}

// IsAdvice reports whether the finding is of what the server lists: there is no
// case that shows it, nor bytes.
func (f Finding) IsAdvice() bool { return f.Confirmed == ConfirmedCatalog }

// Skip is a tool that was not tested, and why.
type Skip struct {
	Tool string `json:"tool"`
	Why  string `json:"why"`
}

// Tested is what was.
type Tested struct {
	Tools       []string `json:"tools"`
	ToolsListed int      `json:"tools_listed"`
	// Prompts and Resources are what was asked for beside the tools, by their
	// labels; templates of resources count as resources.
	Prompts         []string `json:"prompts"`
	PromptsListed   int      `json:"prompts_listed"`
	Resources       []string `json:"resources"`
	ResourcesListed int      `json:"resources_listed"`
	// Rules are the hardening rules, Specs the rows of the oracle table.
	Rules      []string `json:"rules"`
	RulesKnown int      `json:"rules_known"`
	Specs      []string `json:"specs"`
	// Pairs counts the pairs of a tool, or another feature, and a class.
	Pairs      int `json:"pairs"`
	PairsKnown int `json:"pairs_applicable"`
}

// ErrorQuality is what the refusals of a tool tell a model that wants to correct
// itself.
type ErrorQuality struct {
	// Tool is the tool, "" for all names that no tool has.
	Tool string `json:"tool"`
	// Refusals of calls with one mistake, and how many of them name it, say what was
	// expected (of unknown tools: which there are), and are not too long.
	Refusals int `json:"refusals"`
	Named    int `json:"name_the_mistake"`
	Expected int `json:"say_what_was_expected"`
	Bounded  int `json:"bounded"`
	// Turns is how many turns a model needed that amends one parameter as the text
	// says, 0 where it got stuck; Tried: such a loop was played.
	Turns int  `json:"turns_to_correct"`
	Tried bool `json:"loop_tried"`
	// Worst is the text of the refusal that tells least, "" where all tell enough.
	Worst string `json:"worst"`
}

// Inconclusive is a verdict that could not be given, and why.
type Inconclusive struct {
	What string `json:"what"`
	Why  string `json:"why"`
	// Tool is the tool of which no valid call worked that others could be held
	// against, "" where that is not it.
	Tool string `json:"tool,omitempty"`
}

// Summary is the whole answer of a run: what --format json prints and
// summary.json holds.
type Summary struct {
	Version  int     `json:"version"`
	Target   string  `json:"target"`
	Protocol string  `json:"protocol"`
	Seed     uint64  `json:"seed"`
	Cases    int     `json:"cases"`
	Calls    int     `json:"calls"`
	Seconds  float64 `json:"duration_seconds"`
	// StreamDigest is of the cases before the first that was not played.
	StreamDigest string         `json:"stream_digest"`
	Outcomes     map[string]int `json:"outcomes"`
	Tested       Tested         `json:"tested"`
	Skipped      []Skip         `json:"skipped"`
	Inconclusive []Inconclusive `json:"inconclusive"`
	Findings     []Finding      `json:"findings"`
	ErrorQuality []ErrorQuality `json:"error_quality"`
	// Stopped is why the run ended before its cases were done, "" if it did not.
	Stopped string `json:"stopped,omitempty"`
}
