package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/generators"
)

// trafficFlags decide how often each mistake is made.
type trafficFlags struct{ mode, profile string }

// The modes: every pair of tool and class alike, or as models make mistakes.
const (
	modeFuzz      = "fuzz"
	modeRealistic = "realistic"
	// defaultProfile is whose mistakes are made where no profile is named.
	defaultProfile = "average"
)

func (f *trafficFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.mode, "mode", "", "`MODE`: fuzz plays each pair of tool and class once before any twice; realistic makes valid calls and the mistakes of --profile (default: realistic with --profile, else fuzz)")
	fs.StringVar(&f.profile, "profile", "", profileUsage+" (default with --mode realistic: "+defaultProfile+")")
}

// profileUsage is what --profile does.
const profileUsage = "make mistakes as often as the models of a profile, by `NAME`; see mcpfuzz list profiles"

// parse returns the profile that is asked for, the zero one for fuzzing.
func (f *trafficFlags) parse(quick bool) (generators.Profile, error) {
	name := f.profile
	switch {
	case f.mode != "" && f.mode != modeFuzz && f.mode != modeRealistic:
		return generators.Profile{}, fmt.Errorf("--mode %q: want %s or %s", f.mode, modeFuzz, modeRealistic)
	case f.mode == modeFuzz && name != "":
		return generators.Profile{}, errors.New("--mode fuzz plays every class alike; leave out --profile, or give --mode realistic")
	case f.mode == modeRealistic && name == "":
		name = defaultProfile
	}
	if quick && name != "" {
		return generators.Profile{}, errors.New("--quick plays one case per class; leave it out to play a profile")
	}
	return findProfile(name)
}

// findProfile returns the profile of a name, the zero one for "".
func findProfile(name string) (generators.Profile, error) {
	p, ok := generators.FindProfile(name)
	if !ok && name != "" {
		return p, fmt.Errorf("--profile %q: there are %s", name, strings.Join(profileNames(), ", "))
	}
	return p, nil
}

func profileNames() []string {
	var names []string
	for _, p := range generators.Profiles() {
		names = append(names, p.Name)
	}
	return names
}
