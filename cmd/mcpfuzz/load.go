package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/campaign"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
)

type loadFlags struct {
	target   targetFlags
	pick     toolFlags
	protocol string
	rates    loadgen.Rates
	arrivals string
	// retries is how often clients send a call again, patient: when they are told to.
	agents, retries int
	// followUps is the share of prompts that others follow.
	followUps       float64
	patient         bool
	fanOut, profile string
	// deadline and timeout are those of each answer.
	deadline, timeout time.Duration
	connections       int
	maxRate           float64
	maxCalls          int64
	expect            []string
	study             studyFlags
	slow              slowFlags
	pid               int
	// burst is the size of bursts, times how many there are.
	burst, times int
	// sessions is how many are opened and ended.
	sessions int
	// engine sends the calls; raw is where they are written one by one, out where the answer
	// is saved.
	engine, raw, out, format string
}

// The engines: our own, and the Attacker of vegeta.
const (
	engineOwn    = "mcpfuzz"
	engineVegeta = "vegeta"
)

// defaultNice is as nice(1) has it.
const defaultNice = 10

// defaultBursts is how many bursts there are.
const defaultBursts = 10

func loadCommand() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load [flags] http://URL | demo:hardened | demo:fragile\n  mcpfuzz load [flags] [--url URL] -- COMMAND ARG...",
		Short: "Send calls at a rate, as models do, and tell how the server bears it",
		Example: `  mcpfuzz load --rate 20 --fan-out 10 --for 30s http://127.0.0.1:8080/mcp
  mcpfuzz load --arrivals poisson --profile frontier-model http://127.0.0.1:8080/mcp
  mcpfuzz load --agents 32 --url http://127.0.0.1:3001/mcp -- node server.js`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.load(cmd, args) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *loadFlags) register(fs *pflag.FlagSet) {
	f.target.register(fs)
	f.pick.register(fs)
	fs.StringVar(&f.protocol, "protocol", "", "the MCP `REVISION` to speak (default: the newest that the target lists)")
	fs.Uint64Var(&f.rates.Seed, "seed", 1, "the `NUMBER` that decides which calls are made when")
	fs.IntVar(&f.rates.PerSecond, "rate", 10, "how many prompts start in a second, whether the last are answered or not")
	fs.StringVar(&f.arrivals, "arrivals", "constant", "how they come: `SHAPE` is one of "+strings.Join(arrivalNames(), ", "))
	fs.IntVar(&f.rates.Peak, "peak", 0, "prompts a second at the end of a ramp or on top of a sine, or prompts of a burst (default: twice the rate; of a sine half as much again)")
	fs.DurationVar(&f.rates.Period, "period", 0, "the length of a wave of a sine (default: all of the time)")
	fs.Float64Var(&f.followUps, "follow-ups", 0, "the `SHARE` of those whose answers another prompt follows at once, and that maybe another")
	fs.IntVar(&f.agents, "agents", 0, "instead of a rate: `N` clients that send the next prompt when the last is answered")
	fs.IntVar(&f.retries, "retries", 0, "how often these send a call again that is refused, fails or is not answered: the same, as models do")
	fs.BoolVar(&f.patient, "retry-after", false, "before that they wait as long as a refusal says")
	fs.StringVar(&f.fanOut, "fan-out", "1", "how many calls each prompt fires at once: a `NUMBER`, or a profile's name for as many as its models make")
	fs.StringVar(&f.profile, "profile", "", profileUsage+"; its fan-out is the default of --fan-out")
	fs.DurationVar(&f.rates.For, "for", 10*time.Second, "how long prompts are started")
	fs.DurationVar(&f.deadline, "deadline", 5*time.Second, "how long an answer may take and not be late")
	fs.DurationVar(&f.timeout, "timeout", 0, "how long an answer is waited for (default: twice the deadline)")
	fs.IntVar(&f.connections, "connections", loadgen.DefaultConnections, "how many calls may be under way at once; more wait, and their time counts")
	fs.Float64Var(&f.maxRate, "max-rate", loadgen.DefaultMaxRate, "send no more calls a second; an open load of more is refused")
	fs.Int64Var(&f.maxCalls, "max-calls", loadgen.DefaultMaxCalls, "send no more calls")
	fs.StringArrayVar(&f.expect, "expect", nil, "fail unless a figure of the load is so: `WHAT` is like 'p99<250ms' or 'ok>=0.95' (repeatable; see mcpfuzz list metrics)")
	f.study.register(fs)
	f.slow.register(fs)
	fs.IntVar(&f.burst, "burst", 0, "then send `N` calls at once, again and again, and tell whether they were")
	fs.IntVar(&f.times, "bursts", defaultBursts, "how many times")
	fs.IntVar(&f.sessions, "sessions", 0, "then open and end `N` sessions, one after the other, and tell what the target keeps of them")
	fs.IntVar(&f.target.nice, "nice", defaultNice, "how many steps the priority of a server that we start is below that of the load, so that calls are sent when they are due; 0 for the same")
	fs.IntVar(&f.pid, "pid", 0, "the process whose processor time, memory and files are looked at (default: that of the server that was started)")
	fs.StringVar(&f.engine, "engine", engineOwn, "what sends the calls: "+engineOwn+", or "+engineVegeta+" as a cross-check of an open load over HTTP, by proxies or HTTP/2 where there are such; `NAME`")
	fs.StringVar(&f.raw, "raw", "", "write each call of the load to a `FILE` that vegeta report and vegeta plot read")
	fs.StringVar(&f.out, "out", "", "save the answer in JSON to a `FILE`, once a second what there is by then; mcpfuzz report prints it")
	formatFlag(fs, &f.format)
}

func checkNice(steps int) error {
	if steps < 0 {
		return fmt.Errorf("--nice %d: want 0 or more", steps)
	}
	return nil
}

func arrivalNames() []string {
	var names []string
	for _, a := range loadgen.Arrivals() {
		names = append(names, a.Name)
	}
	return names
}

func (f *loadFlags) load(cmd *cobra.Command, args []string) error {
	names, command, err := splitDash(cmd, args)
	if err != nil {
		return exit{exitUsage, err}
	}
	t, err := f.target.parse(cmd.Context(), names, command)
	if err != nil {
		return exit{exitUsage, err}
	}
	defer t.close()
	switch {
	case f.target.clients.caCert+f.target.clients.cert+f.target.clients.socket != "":
		return exit{exitUsage, errors.New("load takes no --cacert, --cert or --unix-socket: it connects by TCP and trusts whom the system trusts")}
	case f.target.sse:
		return exit{exitUsage, errors.New("load speaks streamable HTTP and stdio; leave out --sse, and give the URL of the former")}
	}
	load, err := f.config(cmd.Flags())
	if err != nil {
		return exit{exitUsage, err}
	}
	load.URL = t.address // its port may be known when it is started
	if load.Vegeta && load.URL == "" {
		return exit{exitUsage, errors.New("--engine vegeta sends over HTTP; give a URL")}
	}
	// What is deleted a thousand times works once: the demo is read, as all others are.
	callable, err := f.pick.callable(false)
	protocols, protocolErr := oneProtocol(f.protocol, f.target.sse)
	given, givenErr := f.pick.given()
	expected, expectErr := f.expectations()
	if err := errors.Join(err, load.Check(), checkFormat(f.format), protocolErr, givenErr, expectErr, f.study.check(), f.slow.check(load), checkPID(cmd.Context(), f.pid), checkNice(f.target.nice), f.checkBursts(load), f.checkSessions(load), f.checkFiles()); err != nil {
		return exit{exitUsage, err}
	}
	return t.told(f.play(cmd, campaign.Config{
		Target: t, Seed: 1, Protocols: protocols, Wait: f.target.wait, Headers: t.headers, Identities: t.clients, Setup: t.setup, Callable: callable, Given: given, Now: time.Now,
	}, t, load, expected))
}

// expectations reads what is expected of the load.
func (f *loadFlags) expectations() (list []loadgen.Expectation, err error) {
	for _, text := range f.expect {
		e, err := loadgen.ParseExpectation(text)
		if err != nil {
			return nil, fmt.Errorf("--expect %w", err)
		}
		asked := map[loadgen.Need]bool{
			"": true, loadgen.NeedsKnee: f.study.asked(), loadgen.NeedsBurst: f.burst > 0, loadgen.NeedsProfile: f.profile != "", loadgen.NeedsSlow: f.slow.clients > 0, loadgen.NeedsSession: f.sessions != 0,
		}
		if !asked[e.Metric.Needs] {
			return nil, fmt.Errorf("--expect %s goes with %s, which measures that", e.Metric.Name, e.Metric.Needs)
		}
		list = append(list, e)
	}
	return list, nil
}

// config makes the load that the flags describe.
func (f *loadFlags) config(fs *pflag.FlagSet) (loadgen.Config, error) {
	fanOut, err := parseFanOut(f.fanOut)
	profile, profileErr := findProfile(f.profile)
	if err := errors.Join(err, profileErr); err != nil {
		return loadgen.Config{}, err
	}
	if !fs.Changed("fan-out") && len(profile.FanOut) > 0 {
		fanOut = loadgen.FanOut{Measured: profile.FanOut}
	}
	if f.patient && f.retries == 0 {
		return loadgen.Config{}, errors.New("--retry-after goes with --retries")
	}
	if f.engine != engineOwn && f.engine != engineVegeta {
		return loadgen.Config{}, fmt.Errorf("--engine %q: want %s or %s", f.engine, engineOwn, engineVegeta)
	}
	timeout := f.timeout
	if timeout == 0 {
		timeout = 2 * f.deadline
	}
	cfg := loadgen.Config{
		Vegeta: f.engine == engineVegeta, Agents: f.agents, Retries: f.retries, Patient: f.patient, Connections: f.connections, Deadline: f.deadline, Timeout: timeout, MaxRate: f.maxRate,
		Plan: loadgen.Schedule{Seed: f.rates.Seed, FanOut: fanOut, FollowUps: f.followUps, For: f.rates.For, MaxCalls: f.maxCalls},
	}
	if f.agents == 0 {
		cfg.Plan.Pacer, err = loadgen.NewPacer(f.arrivals, f.rates)
		return cfg, err
	}
	for _, name := range []string{"rate", "arrivals", "peak", "period"} {
		if fs.Changed(name) {
			return cfg, fmt.Errorf("--agents wait for answers, so that there is no rate to keep; leave out --%s", name)
		}
	}
	return cfg, nil
}

// parseFanOut reads a number of calls, or the name of a profile.
func parseFanOut(s string) (loadgen.FanOut, error) {
	if n, err := strconv.Atoi(s); err == nil {
		return loadgen.FanOut{Fixed: n}, nil
	}
	p, err := findProfile(s)
	if err != nil || len(p.FanOut) == 0 {
		return loadgen.FanOut{}, fmt.Errorf("--fan-out %q: want a whole number, or one of %s", s, strings.Join(profileNames(), ", "))
	}
	return loadgen.FanOut{Measured: p.FanOut}, nil
}

// checkFiles reports what cannot be written where it is asked for.
func (f *loadFlags) checkFiles() error {
	for _, file := range []struct{ flag, path string }{{"--raw", f.raw}, {"--out", f.out}} {
		if file.path == "" {
			continue
		}
		if info, err := os.Stat(filepath.Dir(file.path)); err != nil || !info.IsDir() {
			return fmt.Errorf("%s %s: there is no such folder", file.flag, file.path)
		}
	}
	return nil
}
