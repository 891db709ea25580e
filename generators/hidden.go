package generators

import (
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// offices are whole names of what servers have for those who run them. None of them, nor
// a word that is put before what a catalogue is about, asks for a change, so that what
// answers comes to no harm.
var offices = []string{
	"debug", "admin", "status", "health", "metrics", "config", "env", "version", "whoami", "state", "logs", "dump",
	"get config", "show config", "get env", "print env", "get secrets", "get logs", "get state", "system info", "server info", "debug info",
	"list users", "list keys", "list sessions", "list all",
}

// elsewhere are tools that many servers have, of those that only read.
var elsewhere = strings.Fields("read_file list_directory search_files get_file_info get_file_contents fetch read_query list_tables " +
	"describe_table git_status git_log read_graph search_nodes get_current_time echo")

// hiddenTool asks, behind names that nobody has, for such tools and methods as a server may have
// and not list.
func hiddenTool() Generator {
	return Generator{
		ID: "N8", Name: "hidden",
		Doc:     "The model, or who steers it, tries what is not listed and may be there: tools for those who run the server, in its own words and style, methods of that kind, and tools of other servers.",
		Right:   "refuses each as it refuses a name that nobody has",
		Applies: func(s Subject) bool { return s.Feature == scenarios.FeatureTool },
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			names := s.hiddenNames()
			turns := (len(names) + hiddenAtOnce - 1) / hiddenAtOnce
			turn := d.Turn(turns + 1)
			if turn == turns {
				return s.hiddenMethods()
			}
			nothing := scenarios.Obj()
			steps := slices.Concat(s.callAs(scenarios.Foreign+"no-such-tool", "hidden", nothing), s.callAs(scenarios.Foreign+"nor-this-one", "hidden", nothing))
			args := s.valid(d)
			for _, name := range names[turn*hiddenAtOnce : min((turn+1)*hiddenAtOnce, len(names))] {
				given := nothing
				if strings.HasSuffix(strings.ToLower(name), strings.ToLower(s.Name)) {
					given = args // it may take what the tool takes that it is named after
				}
				steps = append(steps, s.callAs(name, "hidden", given)...)
			}
			return steps
		},
	}
}

// hiddenAtOnce is how many names one case tries.
const hiddenAtOnce = 20

// hiddenNames are names of that kind that the catalogue does not list, in the style of
// the subject: first those of what it is about.
func (s Subject) hiddenNames() []string {
	words := lowerWords(s.Name)
	var names, whole []string
	for _, insider := range scenarios.Insiders() {
		if len(words) > 0 {
			about := words[len(words)-1]
			names = append(names, joinLike(s.Name, []string{insider, about}), joinLike(s.Name, []string{insider, plural(about)}))
		}
		whole = append(whole, joinLike(s.Name, append([]string{insider}, words...)))
	}
	for _, office := range offices {
		whole = append(whole, joinLike(s.Name, strings.Fields(office)))
	}
	return slices.DeleteFunc(slices.Concat(names, whole, elsewhere), s.lists)
}

// hiddenMethods ask, by the methods of those who run a server, for what the subject is
// about.
func (s Subject) hiddenMethods() []scenarios.Step {
	about := "tool"
	if words := lowerWords(s.Name); len(words) > 0 {
		about = words[len(words)-1]
	}
	offices := scenarios.Offices()
	names := []string{offices[0] + "/" + scenarios.Foreign + "no-such-method", offices[0] + "/" + scenarios.Foreign + "nor-this-one"}
	for _, office := range offices {
		names = append(names, office+"/"+about, office+"/"+plural(about))
	}
	var steps []scenarios.Step
	for _, name := range names {
		steps = append(steps, scenarios.Request{Method: name, Attrs: scenarios.Attrs{Mutant: "hidden"}})
	}
	return steps
}
