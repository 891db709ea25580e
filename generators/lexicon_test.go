package generators_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// shipyard is a catalogue with words of its own.
const shipyard = `[
	{"name": "launch_vessel", "description": "Launch a vessel from its slipway.", "inputSchema": {"type": "object", "properties": {"vessel_code": {"type": "string"}, "berth": {"type": "string"}}, "required": ["berth"], "additionalProperties": false}},
	{"name": "caulk_hull", "description": "Caulk the hull of a vessel with oakum.", "inputSchema": {"type": "object", "properties": {"hull_code": {"type": "string"}, "oakum": {"type": "integer"}}, "required": ["hull_code"], "additionalProperties": false}},
	{"name": "rig_mast", "description": "Rig the mast.", "inputSchema": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"], "additionalProperties": false}}]`

// made are the calls that a class makes of a tool, over many draws.
func made(t *testing.T, tools, tool, class string) []scenarios.Call {
	t.Helper()
	c := parseCatalog(t, tools)
	g, _ := generators.Find(class)
	of, _ := c.Tool(tool)
	s := generators.NewSubject(c, of)
	var calls []scenarios.Call
	for seed := range uint64(200) {
		calls = append(calls, g.Steps(generators.FromSeed(seed), s)[0].(scenarios.Call))
	}
	return calls
}

// Invented names are made of the catalogue's words, in its style.
func TestInventedNamesSpeakTheCataloguesLanguage(t *testing.T) {
	verbs, nouns := strings.Fields("launch caulk rig"), strings.Fields("vessel slipway hull oakum mast")
	seen := map[string]bool{}
	for _, call := range made(t, shipyard, "rig_mast", "N1") {
		verb, noun, _ := strings.Cut(call.Tool, "_")
		if !slices.Contains(verbs, verb) || !slices.Contains(nouns, noun) {
			t.Errorf("%s is invented", call.Tool)
		}
		seen[call.Tool] = true
	}
	if !seen["launch_hull"] || !seen["caulk_mast"] || len(seen) < 8 {
		t.Errorf("invented are %v", seen)
	}
	for _, call := range made(t, `[{"name": "sailShip", "inputSchema": {}}]`, "sailShip", "N1") {
		if !strings.HasSuffix(call.Tool, "Ship") {
			t.Errorf("%s is invented by one tool", call.Tool)
		}
	}
}

// Near misses put words of other tools in, and join halves of two names.
func TestNearMissesAreSiblings(t *testing.T) {
	seen := map[string]bool{}
	for _, call := range made(t, shipyard, "caulk_hull", "N2") {
		seen[call.Tool] = true
	}
	for _, want := range []string{"launch_hull", "rig_hull", "caulk_vessel", "caulk_mast", "caulk_hulls"} {
		if !seen[want] {
			t.Errorf("%s is never made: %v", want, seen)
		}
	}
	alone := map[string]bool{}
	for _, call := range made(t, `[{"name": "delete_file", "inputSchema": {}}]`, "delete_file", "N2") {
		alone[call.Tool] = true
	}
	if !alone["remove_file"] || !alone["delete_document"] {
		t.Errorf("without siblings there are no synonyms: %v", alone)
	}
}

// Parameters are lent by other tools, and renamed after them and the tool's noun.
func TestParametersAreTheCatalogues(t *testing.T) {
	seen := map[string]bool{}
	for _, class := range []string{"P2", "P3"} {
		for _, call := range made(t, shipyard, "caulk_hull", class) {
			for _, m := range call.Args.Members() {
				seen[class+" "+m.Key] = true
			}
		}
	}
	for _, want := range []string{"P2 berth", "P2 vessel_code", "P2 code", "P2 limit", "P3 vessel_code", "P3 code", "P3 hull_oakum", "P3 hullCode"} {
		if !seen[want] {
			t.Errorf("%s is never made: %v", want, seen)
		}
	}
}
