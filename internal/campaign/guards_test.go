package campaign_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/internal/canary"
	"github.com/mcpfuzz/mcpfuzz/internal/made"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
	"github.com/mcpfuzz/mcpfuzz/oracles"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// serveVar makes the test binary the reference server without those guards.
const serveVar = "MCPFUZZ_TEST_WITHOUT"

const secret = "planted-in-the-test-5d1e"

func TestMain(m *testing.M) {
	if code, is := canary.RanAsStandIn(); is {
		os.Exit(code)
	}
	made.Main()
	if os.Getenv(cannedVar) != "" {
		serveCanned()
		return
	}
	if os.Getenv(twoToolsVar) != "" {
		serveTwoTools()
		return
	}
	if without, ok := os.LookupEnv(serveVar); ok {
		serve(strings.Fields(without))
		return
	}
	// Most of what runs here waits for deadlines.
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = flag.Set("test.parallel", strconv.Itoa(runtime.GOMAXPROCS(0)*3/2))
	}
	os.Exit(m.Run())
}

// stdio is the test binary's own input and output.
type stdio struct{}

func (stdio) Read(b []byte) (int, error)  { return os.Stdin.Read(b) }
func (stdio) Write(b []byte) (int, error) { return os.Stdout.Write(b) }
func (stdio) Close() error                { return os.Stdin.Close() }
func (stdio) CloseWrite() error           { return os.Stdout.Close() }

func serve(without []string) {
	s, err := refserver.New(refserver.Options{Without: without, Secret: secret})
	if err == nil {
		err = s.ServeStream(context.Background(), stdio{})
		s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// child is the reference server without those guards as a process of its own.
func child(t testing.TB, without ...string) transport.Target {
	t.Helper()
	return self(t, "the reference server", serveVar+"="+strings.Join(without, " "), "TMPDIR="+t.TempDir())
}

// self is the test binary as the server that its environment makes it.
func self(t testing.TB, name string, env ...string) transport.Target {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return transport.Command([]string{path}, transport.CommandOptions{Env: append(os.Environ(), env...), Name: name})
}

func config(target transport.Target, cases int) campaign.Config {
	return campaign.Config{
		Target: target, Seed: 1, Cases: cases, Floor: floor, Secrets: []string{secret},
		Callable: func(scenarios.Tool) (bool, string) { return true, "" }, Now: time.Now,
	}
}

// faults are the findings that a case shows, without the advice on what a server
// lists and on its texts, which a right one may well need.
func faults(s record.Summary) record.Summary {
	s.Findings = slices.DeleteFunc(slices.Clone(s.Findings), record.Finding.IsAdvice)
	return withoutOracle(s, "unhelpful")
}

// withoutOracle is a summary without the findings of an oracle.
func withoutOracle(s record.Summary, oracle string) record.Summary {
	s.Findings = slices.DeleteFunc(slices.Clone(s.Findings), func(f record.Finding) bool { return f.Oracle == oracle })
	return s
}

// shown are the ids of the rules that a run found broken, and confirmed.
func shown(s record.Summary) []string {
	ids := []string{}
	for _, f := range s.Findings {
		if !f.Counts() {
			continue // what a server did earlier may change how it fails
		}
		id := f.Spec
		if id == "" {
			id = f.Rule
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func describe(findings []record.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s%s (%s): %s\n\tsent %.200s\n\treceived %.300s\n", f.Severity, f.Spec, f.Rule, f.Signature+" "+f.Confirmed, f.Message, f.Sent, f.Received)
	}
	return b.String()
}

// hardened is what the reference server lists with all guards on.
func hardened(t *testing.T) *scenarios.Catalog {
	t.Helper()
	catalog, _, err := campaign.List(t.Context(), config(child(t), 0))
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// featureCases is how many cases are played where prompts and resources are dealt, too.
const featureCases = 700

// ofFeatures are the rules that only prompts, resources and completion can show.
var ofFeatures = []string{"COMP-01", "PROM-01", "RES-01"}

// unshown are the rules whose breach no guard's absence shows, and why.
var unshown = map[string]string{"ENV-12": "the SDK survives members that stand twice"}

func TestGuardTable(t *testing.T) {
	if testing.Short() {
		t.Skip("plays thousands of cases; the run without -short does")
	}
	baseline := hardened(t)
	for seed := range uint64(tableSeeds) {
		t.Run(fmt.Sprintf("all guards on/seed %d", seed+1), func(t *testing.T) {
			t.Parallel()
			cfg := config(child(t), tableCases)
			cfg.Seed, cfg.Baseline = seed+1, baseline
			soundUnder(t, cfg)
		})
	}
	if raceEnabled {
		t.Skip("hangs and losses are told by deadlines, which the race detector upsets; the run without it plays the rows")
	}
	for _, g := range refserver.Guards() {
		if g.Only.Limits {
			continue // internal/limits misses them
		}
		for seed := range uint64(tableSeeds) {
			t.Run(fmt.Sprintf("without %s/seed %d", g.Name, seed+1), func(t *testing.T) {
				t.Parallel()
				cfg := row(t, g)
				cfg.Seed, cfg.Baseline = seed+1, baseline
				showsItsRules(t, g, cfg)
			})
		}
	}
}

// soundUnder fails where a run with all guards on finds anything.
func soundUnder(t *testing.T, cfg campaign.Config) {
	t.Helper()
	plant(t, &cfg)
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if s.Cases != cfg.Cases || len(s.Findings) > 0 {
		t.Errorf("%d cases, want %d, and no finding:\n%s", s.Cases, cfg.Cases, describe(s.Findings))
	}
}

// showsItsRules fails where a run without a guard finds other rules broken than those.
func showsItsRules(t *testing.T, g refserver.Guard, cfg campaign.Config) {
	t.Helper()
	if len(g.Shows) == 0 {
		t.Fatal("the guard names no rule that its absence shows")
	}
	s, err := campaign.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if g.Name != "helpful" {
		// Behind a check that is not made another tells of something else.
		s = withoutOracle(s, "unhelpful")
	}
	if got := shown(s); !slices.Equal(got, g.Shows) {
		t.Errorf("found %v, want %v:\n%s", got, g.Shows, describe(s.Findings))
	}
}

// fatal are the guards whose absence may end or stop the whole process, or shows in
// what it writes and how it ends; the others are missed in our own process.
var fatal = []string{
	"bounded-work", "depth", "eof", "error-codes", "errors", "footprint", "frame-size", "frames", "ids", "lines", "recover", "session", "stdout",
}

// narrow are the classes that show the absence of a guard where the others tell
// nothing of it, meet it seldom, or destroy what it is about.
var narrow = map[string][]string{
	"asking":        {"L2"},
	"bounded-work":  {"S4"},
	"confirmation":  {"library/confirm-declined", "library/confirm-cancelled", "library/confirm-wrong", "library/confirm-tampered", "library/confirm-moved"},
	"disconnects":   {"library/write-disconnected"},
	"eof":           {"library/end-of-input"},
	"escapes":       {"C9"},
	"exact":         {"V4"},
	"footprint":     {"S5"},
	"frame-size":    {"S2"},
	"fresh-ids":     {"library/deleted-again"},
	"gone":          {"Q1"},
	"inward":        {"C6"},
	"isolation":     {"L1", "L2"},
	"lines":         {"library/frame-not-json", "library/frame-truncated"},
	"operands":      {"C10"},
	"order":         {"C11"},
	"proportion":    {"S5"},
	"queue":         {"L1", "L2"},
	"reading":       {"library/readers-marked"},
	"requests":      {"library/call-unanswered"},
	"resources":     {"A1", "library/resource-unknown"},
	"root":          {"C1", "C2", "C3"},
	"same-list":     {"library/lists-sessions"},
	"session":       {"N7"},
	"steady-list":   {"library/tools-list-again"},
	"tool-errors":   {"P1", "T1"},
	"unlisted":      {"N8", "library/hidden-methods"},
	"whole-updates": {"library/updates-parallel"},
}

// narrowCases is how many cases of those are played, where fewCases do not do, as they do not
// deal each tool, or each place in it; scenarios of the library are played once.
var narrowCases = map[string]int{
	"exact": 4 * campaign.BlockSize, "isolation": campaign.BlockSize, "operands": campaign.BlockSize,
	"order": campaign.BlockSize, "resources": campaign.BlockSize, "tool-errors": campaign.BlockSize,
}

const fewCases = 8

// eclipsed are the rules that do not show where no guard is left, and why.
var eclipsed = map[string]string{
	"H2":       "every name is taken for that of a tool, and every method answered",
	"ENV-02":   "the malformed frame itself ends the server",
	"TOOL-02b": "nothing is left that refuses bad arguments",
	"TOOL-06":  "it is met seldom",
	"TOOL-21":  "no call is learnt there that shows one thing alone",
	"TOOL-19":  "no call is learnt there that destroys what another has written",
}

// row is the run that shows the absence of a guard, where it stands.
func row(t *testing.T, g refserver.Guard) campaign.Config {
	t.Helper()
	cfg := config(nil, rowCases)
	cfg.Target = inMemory(t, g.Name)
	if slices.Contains(fatal, g.Name) {
		cfg.Target = child(t, g.Name)
	}
	if g.Only.HTTP {
		cfg.Target = site(t, g.Name)
	}
	if g.Only.Keys {
		cfg.Target, cfg.Identities = keyed(t, g.Name)
	}
	if g.Only != (refserver.Surface{}) {
		cfg.Filter.Only = library()
	}
	if g.Only.Keys {
		cfg.Filter.Only = ofKeys()
	}
	if classes := narrow[g.Name]; classes != nil {
		cfg.Filter.Only = classes
	}
	ofFeature := slices.ContainsFunc(g.Shows, func(id string) bool { return slices.Contains(ofFeatures, id) })
	cfg.ToolsAlone = !ofFeature
	switch classes := cfg.Filter.Only; {
	case classes == nil && ofFeature:
		cfg.Cases = featureCases
	case classes == nil:
	case generators.LibraryName(classes[0]) != "":
		cfg.Cases = len(classes)
	default:
		cfg.Cases = cmp.Or(narrowCases[g.Name], fewCases)
	}
	cfg.Protocols = []string{cmp.Or(g.Only.Protocol, protocol.Modern)}
	if g.Name == "answers" {
		cfg.Floor = 5 * floor // a busy machine takes its time for megabytes
	}
	if slices.ContainsFunc(cfg.Filter.Only, generators.NeedsCanaries) {
		plant(t, &cfg)
	}
	if g.Only.Backend {
		cfg.Target, cfg.Backed = backed(t, cfg.Canaries, g.Name), true
	}
	if slices.ContainsFunc(cfg.Filter.Only, generators.NeedsStandIns) {
		cfg.Target = watchedChild(t, cfg.Canaries, g.Name)
	}
	return cfg
}

// backed is the reference server without those guards, with the listener behind it.
func backed(t *testing.T, yard *canary.Yard, without ...string) transport.Target {
	t.Helper()
	root, backend := t.TempDir(), yard.Fill(canary.ListenerPlaceholder)
	return transport.InMemory(func(ctx context.Context, rwc io.ReadWriteCloser) error {
		s, err := refserver.New(refserver.Options{Root: root, Without: without, Backend: backend})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.ServeStream(ctx, rwc)
	})
}

// watchedChild is the same as child, with a stand-in for the program that it starts.
func watchedChild(t *testing.T, yard *canary.Yard, without ...string) transport.Target {
	t.Helper()
	if err := yard.StandIn(refserver.Notifier, ""); err != nil {
		t.Fatal(err)
	}
	return self(t, "the reference server", serveVar+"="+strings.Join(without, " "), "TMPDIR="+t.TempDir(), "PATH="+yard.Path(os.Getenv("PATH")))
}

// plant plants beside the root of the reference server.
func plant(t testing.TB, cfg *campaign.Config) {
	t.Helper()
	yard, err := canary.Plant(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := yard.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg.Canaries, cfg.Rooted = yard, true
}

// site is the reference server without those guards over HTTP.
func site(t *testing.T, without ...string) transport.Target {
	t.Helper()
	return transport.HTTP(listening(t, refserver.Options{Without: without})+refserver.Path, transport.HTTPOptions{})
}

// listening is the URL of a reference server over HTTP.
func listening(t testing.TB, opts refserver.Options) string {
	t.Helper()
	opts.Secret, opts.Root = secret, t.TempDir()
	s, err := refserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return server.URL
}

// library is every scenario of the library, as classes.
func library() []string {
	var classes []string
	for _, c := range scenarios.Library() {
		classes = append(classes, generators.LibraryClass(c.Name))
	}
	return classes
}

// The reference server is sound in every revision, on each transport that it has.
func TestReferenceServerIsSoundInEveryRevision(t *testing.T) {
	if testing.Short() {
		t.Skip("plays thousands of cases; the run without -short does")
	}
	for _, rev := range protocol.Revisions() {
		for over, target := range map[string]transport.Target{"stdio": child(t), "http": site(t)} {
			t.Run(rev.Name+" over "+over, func(t *testing.T) {
				t.Parallel()
				cfg := config(target, soundCases)
				cfg.Protocols = []string{rev.Name}
				s, err := campaign.Run(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				if s.Protocol != rev.Name || s.Cases != soundCases || len(s.Findings) > 0 {
					t.Errorf("%d cases in %s, want %d in %s, and no finding:\n%s", s.Cases, s.Protocol, soundCases, rev.Name, describe(s.Findings))
				}
			})
		}
	}
}

// soundCases is how many cases each revision stands: most pairs once.
const soundCases = 3 * campaign.BlockSize

// TestEveryGuardIsMissed plays against the server without any guard of those that
// stand everywhere: the rules of each show, whatever else is broken.
func TestEveryGuardIsMissed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("hangs and losses are told by deadlines, which the race detector upsets; the plain run plays them")
	}
	t.Parallel()
	costly := []string{"S2", "S4", "S5"}
	baseline := hardened(t)
	var everywhere []string
	for _, g := range refserver.Guards() {
		if g.Only == (refserver.Surface{}) {
			everywhere = append(everywhere, g.Name)
		}
	}
	var got []string
	for _, played := range []struct {
		cases  int
		filter campaign.Filter
		tools  bool
	}{
		{featureCases, campaign.Filter{Skip: costly}, false},
		{3 * fewCases, campaign.Filter{Only: costly}, true},             // each of them on each tool
		{4 * fewCases, campaign.Filter{Only: narrow["operands"]}, true}, // one place of one tool shows it
	} {
		cfg := config(nil, played.cases)
		cfg.Protocols = []string{protocol.Modern}
		cfg.Baseline = baseline
		cfg.Filter, cfg.ToolsAlone = played.filter, played.tools
		plant(t, &cfg)
		cfg.Target = watchedChild(t, cfg.Canaries, everywhere...)
		cfg.Workers = 6 // they mostly wait
		s, err := campaign.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, shown(s)...)
	}
	for _, g := range refserver.Guards() {
		for _, id := range g.Shows {
			if slices.Contains(everywhere, g.Name) && eclipsed[id] == "" && !slices.Contains(got, id) {
				t.Errorf("the absence of %s does not show %s", g.Name, id)
			}
		}
	}
}

func TestEveryFixIsAGuardThatShowsItsRule(t *testing.T) {
	guards := map[string]refserver.Guard{}
	for _, g := range refserver.Guards() {
		guards[g.Name] = g
	}
	for _, r := range oracles.Rules() {
		g, ok := guards[r.Fix]
		switch {
		case !ok:
			t.Errorf("rule %s names the guard %q, which does not exist", r.ID, r.Fix)
		case !slices.Contains(g.Shows, r.ID) && unshown[r.ID] == "":
			t.Errorf("rule %s names the guard %q, whose absence does not show it", r.ID, r.Fix)
		}
	}
}
