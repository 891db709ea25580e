package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/report"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

type generateFlags struct {
	catalog string
	classes []string
	profile string
	stats   bool
	seed    uint64
	n       int
	format  string
}

func generateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate --catalog tools.json [flags]",
		Short: "Make cases from a saved tools/list result, without a server",
		Example: `  mcpfuzz generate --catalog tools.json --class P1 -n 20
  mcpfuzz generate --catalog tools.json -n 1000 --format json
  mcpfuzz generate --catalog tools.json --profile average -n 100000 --stats`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := f.generate(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			switch {
			case errors.Is(err, context.Canceled):
				return exit{exitInterrupted, nil}
			case err != nil:
				return exit{exitUsage, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&f.catalog, "catalog", "", "the `FILE` that holds a tools/list result")
	cmd.Flags().StringSliceVar(&f.classes, "class", nil, "the `CLASSES` to make, by id; see mcpfuzz list classes (default: all)")
	cmd.Flags().StringVar(&f.profile, "profile", "", profileUsage)
	cmd.Flags().BoolVar(&f.stats, "stats", false, "count the cases of --profile by class instead of printing them, and compare with its rates")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "the number that decides which cases are made")
	cmd.Flags().IntVarP(&f.n, "number", "n", 20, "how many cases to make")
	cmd.Flags().StringVar(&f.format, "format", "txtar", "txtar or json (one row per frame)")
	return cmd
}

func (f *generateFlags) generate(ctx context.Context, w, stderr io.Writer) error {
	switch {
	case f.catalog == "":
		return errors.New("--catalog is missing; save the result of tools/list to a file and name it")
	case f.n < 1:
		return fmt.Errorf("-n %d: want at least 1", f.n)
	case f.format != "txtar" && f.format != "json":
		return fmt.Errorf("--format %q: want txtar or json", f.format)
	case f.stats && f.profile == "":
		return errors.New("--stats compares with a profile; name it by --profile")
	case f.stats && f.format == "json":
		return errors.New("--stats prints a table; leave out --format json")
	}
	profile, err := findProfile(f.profile)
	if err != nil {
		return err
	}
	catalog, err := readCatalog("--catalog", f.catalog)
	if err != nil {
		return err
	}
	printTroubles(stderr, catalog)
	deck, err := f.deck(catalog, profile)
	if err != nil {
		return err
	}
	if f.stats {
		counts, err := deck.Tally(ctx, f.n)
		if err != nil {
			return err
		}
		return printStats(w, profile, counts)
	}
	for i := range f.n {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, pair := deck.Case(i)
		if err := f.print(w, catalog, c, pair); err != nil {
			return err
		}
	}
	return nil
}

// maxTroubles is of how many tools it is said one by one what is wrong.
const maxTroubles = 20

// printTroubles says which tools are left out, or called without their schema.
func printTroubles(w io.Writer, catalog *scenarios.Catalog) {
	n := 0
	for _, tool := range catalog.Tools() {
		if tool.Trouble == "" {
			continue
		}
		if n++; n > maxTroubles {
			continue
		}
		what := "is called without its schema"
		if tool.Unusable {
			what = "is left out"
		}
		fmt.Fprintf(w, "the tool %s %s: %s\n", report.Line(tool.Name), what, report.Line(tool.Trouble))
	}
	if n > maxTroubles {
		fmt.Fprintf(w, "something is wrong with %s more\n", report.Count(n-maxTroubles, "tool"))
	}
}

// deck is what is dealt from.
func (f *generateFlags) deck(catalog *scenarios.Catalog, profile generators.Profile) (*generators.Deck, error) {
	all := func(scenarios.Tool) bool { return true }
	pairs := generators.Plan(catalog, all)
	for _, class := range f.classes {
		if !slices.ContainsFunc(pairs, func(p generators.Pair) bool { return p.Class == class }) {
			return nil, fmt.Errorf("--class %s: no tool of the catalogue can be called so, or there is no such class; see mcpfuzz list classes", class)
		}
	}
	if len(f.classes) > 0 {
		pairs = slices.DeleteFunc(pairs, func(p generators.Pair) bool { return !slices.Contains(f.classes, p.Class) })
	}
	if profile.Name != "" {
		pairs = slices.DeleteFunc(pairs, func(p generators.Pair) bool { return p.Tool == "" })
	}
	if len(pairs) == 0 {
		return nil, errors.New("the catalogue has no tool that cases can be made from")
	}
	if profile.Name != "" {
		return generators.NewTraffic(f.seed, catalog, pairs, profile), nil
	}
	return generators.NewDeck(f.seed, catalog, pairs), nil
}

func (f *generateFlags) print(w io.Writer, catalog *scenarios.Catalog, c scenarios.Case, pair generators.Pair) error {
	if f.format == "txtar" {
		_, err := fmt.Fprintf(w, "%s\n", report.Escaped(scenarios.Format(c)))
		return err
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	for _, step := range c.Steps {
		for _, row := range rows(catalog, step, pair) {
			if err := enc.Encode(row); err != nil {
				return err
			}
		}
	}
	_, err := w.Write(report.Escaped(text.Bytes()))
	return err
}

// row is one generated frame as JSON.
type row struct {
	Class      string          `json:"class"`
	Tool       string          `json:"tool,omitempty"`
	Mutant     string          `json:"mutant,omitempty"`
	Method     string          `json:"method,omitempty"`
	Arguments  json.RawMessage `json:"arguments,omitempty"`
	Params     json.RawMessage `json:"params,omitempty"`
	Expression string          `json:"expression,omitempty"`
	Size       int64           `json:"size,omitempty"`
	Want       string          `json:"want"`
	Frame      *string         `json:"frame,omitempty"`
}

// literalLimit is the size up to which a value is printed as literal JSON.
const literalLimit = 64 << 10

// rows are the frames of a step.
func rows(catalog *scenarios.Catalog, step scenarios.Step, pair generators.Pair) []row {
	r := row{Class: pair.Class, Want: catalog.WantOf(step).Want.String()}
	switch step := step.(type) {
	case scenarios.Call:
		r.Tool, r.Mutant = step.Tool, step.Mutant
		r.Arguments = r.literal(step.Args)
	case scenarios.Request:
		r.Method, r.Mutant = step.Method, step.Mutant
		r.Params = r.literal(step.Params)
	case scenarios.Notify:
		r.Method, r.Mutant = step.Method, step.Mutant
		r.Params = r.literal(step.Params)
	case scenarios.Raw:
		r.Mutant, r.Frame = step.Mutant, &step.Bytes
	case scenarios.Burst:
		var all []row
		for i := range step.N {
			all = append(all, rows(catalog, step.Lines[i%len(step.Lines)], pair)...)
		}
		return all
	default:
		return nil
	}
	return []row{r}
}

// literal writes a value as JSON, or notes its expression when it is large or
// no JSON.
func (r *row) literal(v scenarios.Value) json.RawMessage {
	if v.IsAbsent() {
		return nil
	}
	v, err := v.Resolve(func(scenarios.Ref) (scenarios.Value, bool) { return scenarios.Value{}, false })
	if err == nil && v.Size() <= literalLimit {
		if text, err := v.AppendJSON(nil); err == nil && json.Valid(text) {
			return text
		}
	}
	r.Expression, r.Size = v.String(), v.Size()
	return nil
}
