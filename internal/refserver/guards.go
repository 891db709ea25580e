package refserver

import (
	"fmt"
	"slices"
	"strings"
)

// Guard is a defence that can be switched off.
type Guard struct {
	Name string
	// Doc is one sentence: what the guard does.
	Doc string
	// Shows are the ids of the rules whose breach its absence shows, sorted;
	// these and no others.
	Shows []string
	// Only is where it has something to guard.
	Only Surface
	// Code is what to read of it, the paragraph of docs/hardening.md beside it.
	Code Code
}

// Code is a function of this package: the file that it stands in and its name, with a
// method's receiver before a dot.
type Code struct{ File, Func string }

// Surface is where a guard stands. The zero Surface is everywhere.
type Surface struct {
	// HTTP: over HTTP alone. Protocol: in that revision alone, "" for all.
	HTTP     bool
	Protocol string
	// Keys: where clients have keys. Limits: where it is bounded how often they call.
	// Backend: where there is another server behind it.
	Keys, Limits, Backend bool
}

// Guards returns all guards, ordered by name.
func Guards() []Guard {
	return slices.SortedFunc(slices.Values(slices.Concat(everywhere(), inOneRevision(), overHTTP())), func(a, b Guard) int {
		return strings.Compare(a.Name, b.Name)
	})
}

// everywhere are the guards of every transport and revision.
func everywhere() []Guard {
	return []Guard{
		{"answers", "holds answers to a bound, and to the output schema of their tool", []string{"H5", "TOOL-16"}, Surface{}, Code{"calls.go", "Server.promised"}},
		{"arguments", "refuses calls whose arguments are no object", []string{"TOOL-03"}, Surface{}, Code{"calls.go", "Server.checked"}},
		{"bounded-work", "does no work that may never end", []string{"H15"}, Surface{}, Code{"tools.go", "searchNotes"}},
		{"bounds", "refuses texts and lists that are longer than the schema allows", []string{"H5"}, Surface{}, Code{"schema.go", "param.checkString"}},
		{"catalogue", "lists tools that are named, described, bounded and marked with care", []string{"CAT-01", "CAT-02", "CAT-03", "CAT-04", "CAT-05", "CAT-06", "CAT-07", "CAT-08", "CAT-09", "CAT-10", "CAT-11", "TOOL-08"}, Surface{}, Code{"catalogue.go", "tools"}},
		{"completions", "completes only what it lists", []string{"COMP-01"}, Surface{}, Code{"features.go", "completionProblem"}},
		{"cursors", "refuses cursors that it did not give out", []string{"PAG-01"}, Surface{}, Code{"requests.go", "givenOut"}},
		{"depth", "refuses frames that are nested too deep", []string{"SIZE-02"}, Surface{}, Code{"frames.go", "depth"}},
		{"eof", "ends when its input does", []string{"LIFE-04"}, Surface{}, Code{"stream.go", "line.read"}},
		{"error-codes", "gives every error an integer code that is not 0 and that the protocol has", []string{"ENV-15", "ENV-16"}, Surface{}, Code{"answers.go", "Server.recoded"}},
		{"errors", "keeps stacks, paths and secrets out of errors, and errors short", []string{"TOOL-11"}, Surface{}, Code{"calls.go", "Server.refuse"}},
		{"escapes", "keeps what it puts into an address in its place", []string{"TOOL-13"}, Surface{Backend: true}, Code{"backend.go", "Server.consult"}},
		{"exact", "refuses numbers that it cannot hold exactly", []string{"TOOL-06"}, Surface{}, Code{"schema.go", "param.checkNumber"}},
		{"extras", "refuses parameters that the schema does not name", []string{"TOOL-04", "TOOL-09"}, Surface{}, Code{"schema.go", "param.checkObject"}},
		{"flagged", "flags refusals as errors", []string{"TOOL-02"}, Surface{}, Code{"calls.go", "Server.refuse"}},
		{"footprint", "holds memory in proportion to what it is given", []string{"H5"}, Surface{}, Code{"tools.go", "searchNotes"}},
		{"frame-size", "refuses frames that are too large", []string{"SIZE-01"}, Surface{}, Code{"stream.go", "line.frame"}},
		{"frames", "answers what is no JSON-RPC message itself, and lets nothing of it through", []string{"ENV-01", "ENV-03", "ENV-10b", "ENV-11", "ENV-13"}, Surface{}, Code{"frames.go", "malformed"}},
		{"fresh-ids", "gives no id twice", []string{"TOOL-19"}, Surface{}, Code{"notes.go", "notebook.fresh"}},
		{"gone", "shows no note that is deleted, and none in the place of one that there is not", []string{"TOOL-21"}, Surface{}, Code{"notes.go", "notebook.show"}},
		{"helpful", "says in its refusals what is wrong and what was expected", []string{"H15"}, Surface{}, Code{"schema.go", "param.check"}},
		{"ids", "refuses ids that are neither string nor integer, or in use", []string{"ENV-04", "ENV-06"}, Surface{}, Code{"frames.go", "validID"}},
		{"internal", "blames bad arguments on the caller", []string{"H15"}, Surface{}, Code{"calls.go", "Server.refuse"}},
		{"inward", "calls no address that it is given", []string{"H14"}, Surface{}, Code{"catalogue.go", "Server.more"}},
		{"isolation", "keeps what parallel calls work on apart", []string{"TOOL-12"}, Surface{}, Code{"tools.go", "createNote"}},
		{"lines", "takes each line for one message", []string{"ENV-02"}, Surface{}, Code{"life.go", "line.joined"}},
		{"methods", "refuses methods that do not exist", []string{"METH-01", "METH-02"}, Surface{}, Code{"requests.go", "Server.inspectRequest"}},
		{"names", "runs a tool under its own name alone", []string{"TOOL-01", "TOOL-07"}, Surface{}, Code{"calls.go", "Server.named"}},
		{"one-answer", "answers each request once, under its own id", []string{"ENV-05"}, Surface{}, Code{"answers.go", "line.Write"}},
		{"operands", "starts no program with what it is given", []string{"TOOL-17"}, Surface{}, Code{"catalogue.go", "Server.more"}},
		{"order", "asks nobody for a call before that is checked", []string{"TOOL-18"}, Surface{Backend: true}, Code{"calls.go", "Server.handler"}},
		{"prompts", "gives only the prompts that it lists, and those with what they require", []string{"PROM-01", "PROM-02"}, Surface{}, Code{"features.go", "promptProblem"}},
		{"proportion", "does work in proportion to what it is given", []string{"H5"}, Surface{}, Code{"tools.go", "searchNotes"}},
		{"queue", "answers every one of many parallel calls", []string{"TOOL-12"}, Surface{}, Code{"stream.go", "line.admit"}},
		{"reading", "keeps nothing of what tools are asked that only read", []string{"TOOL-14"}, Surface{}, Code{"tools.go", "searchNotes"}},
		{"recover", "survives the failure of a tool", []string{"TOOL-10"}, Surface{}, Code{"calls.go", "Server.handler"}},
		{"requests", "runs tools for requests, which have an id", []string{"ENV-08"}, Surface{}, Code{"frames.go", "Server.unanswered"}},
		{"resources", "reads addresses, and only those that it has", []string{"RES-01", "RES-02"}, Surface{}, Code{"features.go", "addressProblem"}},
		{"root", "writes files under its root alone", []string{"TOOL-13"}, Surface{}, Code{"notes.go", "notebook.export"}},
		{"session", "keeps the session open after a bad call", []string{"H15"}, Surface{}, Code{"requests.go", "Server.inspectParams"}},
		{"silence", "answers no notification and no response", []string{"CAN-02", "ENV-07", "ENV-09"}, Surface{}, Code{"frames.go", "Server.unanswered"}},
		{"spelling", "takes members and parameters as they are spelt", []string{"TOOL-07"}, Surface{}, Code{"requests.go", "Server.inspectRequest"}},
		{"stdout", "writes nothing but messages to its output", []string{"ENV-14"}, Surface{}, Code{"answers.go", "line.write"}},
		{"tool-errors", "tells of bad arguments by a tool error", []string{"TOOL-02b"}, Surface{}, Code{"calls.go", "Server.handler"}},
		{"types", "refuses values of another type and coerces none", []string{"TOOL-05"}, Surface{}, Code{"schema.go", "param.check"}},
		{"unlisted", "serves no tool and no method that it does not list", []string{"H2"}, Surface{}, Code{"unlisted.go", "Server.served"}},
		{"values", "refuses values that the schema forbids, and calls that lack one", []string{"TOOL-02"}, Surface{}, Code{"schema.go", "param.checkString"}},
		{"whole-updates", "makes each change of a note at once", []string{"TOOL-20"}, Surface{}, Code{"notes.go", "notebook.update"}},
	}
}

// inOneRevision are those of what one revision alone has, whatever the transport.
func inOneRevision() []Guard {
	return []Guard{
		{"asking", "asks clients for what they declare that they take, and nothing else", []string{"MOD-11", "MOD-13"}, Surface{Protocol: modern}, Code{"asks.go", "canBeAsked"}},
		{"batches", "takes batches where the revision has them, and opens no session in one", []string{"ENV-10a", "ENV-10c"}, Surface{Protocol: "2025-03-26"}, Code{"batches.go", "Server.inspectBatch"}},
		{"cancels", "answers no request that was cancelled", []string{"CAN-01"}, Surface{Protocol: modern}, Code{"answers.go", "line.Write"}},
		{"confirmation", "destroys nothing that the user was asked about unless the user agreed to just that", []string{"MOD-12", "TOOL-15"}, Surface{Protocol: modern}, Code{"confirm.go", "slips.redeem"}},
		{"declared", "refuses requests that do not declare their version and what their client can do", []string{"MOD-02", "MOD-03", "MOD-09"}, Surface{Protocol: modern}, Code{"declared.go", "Server.declares"}},
		{"handshake", "opens sessions once, first, and in a revision that it speaks", []string{"LIFE-01", "LIFE-02", "LIFE-03"}, Surface{Protocol: "2025-11-25"}, Code{"life.go", "line.inOrder"}},
		{"log-levels", "refuses log levels that there are not", []string{"LOG-01"}, Surface{Protocol: legacy[0]}, Code{"features.go", "levelProblem"}},
		{"results", "says of each result what it is and how long it holds, and lists alike each time", []string{"MOD-01", "MOD-07", "MOD-08", "MOD-16"}, Surface{Protocol: modern}, Code{"declared.go", "Server.undressed"}},
		{"steady-list", "lists the same tools each time", []string{"H2"}, Surface{Protocol: legacy[0]}, Code{"unlisted.go", "Server.concealed"}},
		{"unasked", "sends clients of the stateless revision nothing that they did not ask for", []string{"MOD-10", "MOD-14"}, Surface{Protocol: modern}, Code{"answers.go", "line.Write"}},
	}
}

// overHTTP are those of what HTTP alone has, keys and limits too.
func overHTTP() []Guard {
	return []Guard{
		{"address-rate", "bounds how often each address calls, whatever that says of itself", []string{"H10"}, Surface{HTTP: true, Limits: true}, Code{"limits.go", "addressOf"}},
		{"audience", "takes no token that was made for another server", []string{"AUTH-05"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.holder"}},
		{"bearer", "takes keys as they are, and behind Bearer in their one header alone", []string{"AUTH-03", "H7"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.shown"}},
		{"challenges", "says to whom it refuses what is lacking", []string{"AUTH-02", "AUTH-04"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.challenge"}},
		{"closed-lists", "lists its tools to those alone who may call some", []string{"H2"}, Surface{HTTP: true, Protocol: modern, Keys: true}, Code{"keys.go", "Server.keyless"}},
		{"connections", "gives each address so many connections, and says to one too many that they are taken", []string{"H11"}, Surface{HTTP: true, Limits: true}, Code{"seats.go", "seats.take"}},
		{"disconnects", "runs calls whose client has closed the connection", []string{"HTTP-12"}, Surface{HTTP: true, Protocol: legacy[0]}, Code{"http.go", "gate.ServeHTTP"}},
		{"in-flight", "works on so many calls at once and refuses more", []string{"H11"}, Surface{HTTP: true, Limits: true}, Code{"limits.go", "Server.seated"}},
		{"key-each-time", "asks for the key with every request of a session", []string{"AUTH-06"}, Surface{HTTP: true, Protocol: legacy[0], Keys: true}, Code{"keys.go", "Server.caller"}},
		{"key-rate", "bounds how often each client calls, and tells those that it refuses when to come again", []string{"H9"}, Surface{HTTP: true, Keys: true, Limits: true}, Code{"limits.go", "Server.admitted"}},
		{"keys", "compares keys to their end", []string{"AUTH-01"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.fits"}},
		{"metadata", "tells everybody how a key is got and used", []string{"AUTH-02"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.metadata"}},
		{"mirrors", "holds headers to the request that they repeat", []string{"MOD-04", "MOD-05", "MOD-06"}, Surface{HTTP: true, Protocol: modern}, Code{"headers.go", "gate.repeated"}},
		{"origin", "refuses requests from foreign origins", []string{"HTTP-05"}, Surface{HTTP: true}, Code{"http.go", "Server.barred"}},
		{"own-notes", "gives each client notes of its own", []string{"H8"}, Surface{HTTP: true, Keys: true}, Code{"books.go", "Server.book"}},
		{"own-tools", "serves each client the tools alone that it lists to it", []string{"H2"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.calls"}},
		{"owners", "keeps each session to the client that opened it", []string{"HTTP-11"}, Surface{HTTP: true, Protocol: legacy[0], Keys: true}, Code{"keys.go", "Server.keyless"}},
		{"replies", "answers over HTTP with the status and in the type that are demanded", []string{"HTTP-06", "HTTP-07", "HTTP-08", "HTTP-09"}, Surface{HTTP: true, Protocol: legacy[0]}, Code{"replies.go", "answer"}},
		{"requests-alone", "knows no sessions in the stateless revision, and no verbs but POST", []string{"MOD-15"}, Surface{HTTP: true, Protocol: modern}, Code{"http.go", "gate.otherVerb"}},
		{"revocation", "forgets a key at once when it is revoked", []string{"H8"}, Surface{HTTP: true, Keys: true}, Code{"keys.go", "Server.holder"}},
		{"same-list", "lists the same tools in each session of a client", []string{"H2"}, Surface{HTTP: true, Protocol: legacy[0]}, Code{"unlisted.go", "Server.concealed"}},
		{"sessions", "serves sessions alone that it gave and that have not ended, under ids that nobody guesses", []string{"HTTP-01", "HTTP-02", "HTTP-10"}, Surface{HTTP: true, Protocol: legacy[0]}, Code{"headers.go", "gate.inSession"}},
		{"version-header", "refuses unknown versions in the header, and takes requests without one for old", []string{"HTTP-03", "HTTP-04"}, Surface{HTTP: true, Protocol: legacy[0]}, Code{"headers.go", "gate.versioned"}},
	}
}

// all stands for every guard.
const all = "all"

// off is the set of guards that are switched off.
type off map[string]bool

// without reads the names of guards.
func without(names []string) (off, error) {
	set := off{}
	for _, name := range names {
		known := false
		for _, g := range Guards() {
			if name == all || g.Name == name {
				set[g.Name], known = true, true
			}
		}
		if !known {
			return nil, fmt.Errorf("there is no guard %q; there are %s and %s", name, strings.Join(guardNames(), ", "), all)
		}
	}
	return set, nil
}

func guardNames() []string {
	var names []string
	for _, g := range Guards() {
		names = append(names, g.Name)
	}
	slices.Sort(names)
	return names
}
