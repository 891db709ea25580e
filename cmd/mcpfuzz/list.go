package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/limits"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// list is one thing that mcpfuzz list prints.
type list struct {
	name, doc string
	head      []string
	rows      func() [][]string
}

func lists() []list {
	return []list{
		{"classes", "the misbehaviours that are generated", []string{"id", "name", "what a model does", "how often", "what a sound server does"}, classRows},
		{"profiles", "the models and clients whose calls are simulated", []string{"name", "wrong calls", "several at once", "what it rests on"}, profileRows},
		{"rules", "what servers are held to", []string{"id", "rule", "severity", "basis", "what it says", "guard"}, ruleRows},
		{"oracles", "the checks that judge", []string{"name", "rules", "what a finding means"}, oracleRows},
		{"advice", "what is read off the list of tools, without a call", []string{"name", "rule", "what it means"}, adviceRows},
		{"guards", "the defences of the reference server", []string{"guard", "rules", "what it does"}, guardRows},
		{"keys", "the forms of a key that a sound server does not take", []string{"name", "what is shown"}, keyRows},
		{"limits", "what may be wrong with how often a server lets itself be called", []string{"name", "rule", "severity", "without keys", "what it means"}, limitFaultRows},
		{"library", "the scenarios that come with mcpfuzz", []string{"name", "why"}, libraryRows},
		{"arrivals", "how the prompts of an open load come", []string{"name", "what it does"}, arrivalRows},
		{"answers", "what may become of a call under load", []string{"class", "what it means"}, answerRows},
		{"metrics", "the figures of a load, of which something may be expected", []string{"name", "what it is"}, metricRows},
		{"verdicts", "what a load of twice the knee may show", []string{"word", "what it means"}, verdictRows},
		{"slow", "the slow clients that a load may have", []string{"name", "what it does"}, slowRows},
		{"revisions", "the protocol revisions that are spoken", []string{"name"}, revisionRows},
	}
}

func listCommand() *cobra.Command {
	var names []string
	for _, l := range lists() {
		names = append(names, l.name)
	}
	return &cobra.Command{
		Use:       "list [" + strings.Join(names, " | ") + "]",
		Short:     "List the classes, profiles, rules, oracles, advice, guards, keys, limits, scenarios, arrivals, answers, metrics, verdicts, slow clients and revisions",
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && !slices.Contains(names, args[0]) {
				return exit{exitUsage, fmt.Errorf("there is no list of %q; there are %s", strings.Join(args, " "), strings.Join(names, ", "))}
			}
			for _, l := range lists() {
				if len(args) == 0 || args[0] == l.name {
					if err := l.print(cmd.OutOrStdout(), len(args) == 0); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

func (l list) print(w io.Writer, titled bool) error {
	if titled {
		fmt.Fprintf(w, "%s: %s\n", l.name, l.doc)
	}
	return report.Rows(w, l.head, l.rows(), tableOptions(w))
}

func classRows() (rows [][]string) {
	for _, g := range generators.All() {
		rows = append(rows, []string{g.ID, g.Name, g.Doc, cmp.Or(generators.HowOften(g.ID), "not known"), g.Right})
	}
	return rows
}

func profileRows() (rows [][]string) {
	for _, p := range generators.Profiles() {
		rows = append(rows, []string{p.Name, fmt.Sprintf("%.1f %%", p.Wrong()), fmt.Sprintf("%.1f %% of responses", p.FanOut.Several()), p.Doc})
	}
	return rows
}

func slowRows() (rows [][]string) {
	for _, k := range loadgen.SlowKinds() {
		rows = append(rows, []string{k.Name, k.Doc})
	}
	return rows
}

func ruleRows() (rows [][]string) {
	for _, r := range oracles.Rules() {
		rows = append(rows, []string{r.ID, r.Hardening, r.Severity.String(), r.Basis.String(), r.Title, r.Fix})
	}
	return rows
}

func oracleRows() (rows [][]string) {
	for _, c := range oracles.Checks() {
		rows = append(rows, []string{c.Name, strings.Join(c.Rules, " "), c.Doc})
	}
	return rows
}

func adviceRows() (rows [][]string) {
	for _, a := range oracles.Advices() {
		rows = append(rows, []string{a.Name, a.Rule, a.Doc})
	}
	return rows
}

func guardRows() (rows [][]string) {
	for _, g := range refserver.Guards() {
		rows = append(rows, []string{g.Name, strings.Join(g.Shows, " "), g.Doc})
	}
	return rows
}

func keyRows() (rows [][]string) {
	for _, f := range identity.Forms() {
		rows = append(rows, []string{f.Name, "a key " + f.Doc})
	}
	return rows
}

func limitFaultRows() (rows [][]string) {
	for _, f := range limits.Faults() {
		rows = append(rows, []string{f.Name, f.Rule, f.Severity.String(), f.Mild.String(), f.Doc})
	}
	return rows
}

func libraryRows() (rows [][]string) {
	for _, c := range scenarios.Library() {
		first, _, _ := strings.Cut(c.Note, "\n")
		rows = append(rows, []string{c.Name, first})
	}
	return rows
}

func arrivalRows() (rows [][]string) {
	for _, a := range loadgen.Arrivals() {
		rows = append(rows, []string{a.Name, a.Doc})
	}
	return rows
}

func answerRows() (rows [][]string) {
	for _, c := range loadgen.Classes() {
		rows = append(rows, []string{c.Name, c.Doc})
	}
	return rows
}

func metricRows() (rows [][]string) {
	for _, m := range loadgen.Metrics() {
		rows = append(rows, []string{m.Name, m.Doc})
	}
	return rows
}

func verdictRows() (rows [][]string) {
	for _, v := range loadgen.Verdicts() {
		rows = append(rows, []string{v.Name, v.Doc})
	}
	return rows
}

func revisionRows() (rows [][]string) {
	for _, r := range protocol.Revisions() {
		rows = append(rows, []string{r.Name})
	}
	return rows
}
