package campaign

import (
	"context"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// List reads the tools of the target and the name of the revision in which it
// lists them; it calls none. Its errors are those of Run.
func List(ctx context.Context, cfg Config) (*scenarios.Catalog, string, error) {
	cfg.Callable = func(scenarios.Tool) (bool, string) { return false, "only listed" }
	r := newRun(cfg)
	s, err := r.list(ctx)
	if err != nil {
		return nil, "", err
	}
	s.Close()
	return r.learned.catalog, r.listedIn(), nil
}

// Lint returns the advice on a catalogue, judged by a revision ("" where none is
// known), as a summary in which nothing was called.
func Lint(cfg Config, catalog *scenarios.Catalog, revision string) record.Summary {
	r := &run{Config: cfg}
	r.learned.catalog = catalog
	if rev, ok := protocol.Lookup(revision); ok {
		r.eras = []era{{revision: rev}}
	}
	return record.Summary{
		Version: record.Version, Target: r.Redact.String(r.Target.String()), Protocol: r.listedIn(),
		Outcomes: map[string]int{}, Skipped: []record.Skip{}, Inconclusive: []record.Inconclusive{},
		Tested: record.Tested{
			Tools: []string{}, ToolsListed: catalog.Len(), Rules: []string{}, RulesKnown: oracles.HardeningRules, Specs: []string{},
		},
		Findings: orEmpty(r.advice()), ErrorQuality: []record.ErrorQuality{},
	}
}

// advice is what the list of tools shows without a call, as it is recorded.
func (r *run) advice() []record.Finding {
	if r.learned.catalog == nil || !r.Filter.advises() {
		return nil
	}
	var list []record.Finding
	for _, f := range oracles.Advise(r.listing()) {
		if f, ok := r.Filter.Report(f); ok {
			final := r.describe(f, oracles.Observation{})
			final.Confirmed, final.Case = record.ConfirmedCatalog, record.NoCase
			list = append(list, final)
		}
	}
	return list
}

// listedIn names the revision in which the tools were listed, "" where that is not
// known.
func (r *run) listedIn() string {
	if len(r.eras) == 0 {
		return ""
	}
	return r.eras[0].revision.Name
}

// listing is what advice is given on. A baseline may have been written without
// secrets, so it is compared with a list that holds none either.
func (r *run) listing() oracles.Listing {
	l := oracles.Listing{Catalog: r.learned.catalog, Revision: r.listedIn()}
	if r.Baseline != nil {
		l.Catalog, l.Before = r.redacted(l.Catalog), r.redacted(r.Baseline)
	}
	return l
}

// redacted is a catalogue as it is written.
func (r *run) redacted(c *scenarios.Catalog) *scenarios.Catalog {
	text, err := c.List()
	if err != nil {
		return c
	}
	clean, err := scenarios.ParseCatalog([]byte(r.Redact.String(string(text))))
	if err != nil {
		return c
	}
	return clean
}
