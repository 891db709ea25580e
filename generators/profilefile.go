package generators

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
)

//go:embed profiles.json
var profilesFile []byte

var embedded = sync.OnceValue(func() []Profile {
	list, err := readProfiles(profilesFile)
	if err != nil {
		// The file is part of the program; a test reads it.
		panic("generators: profiles.json: " + err.Error())
	}
	return list
})

// profileFile is the form of profiles.json.
type profileFile struct {
	Sources  []string               `json:"sources"`
	FanOuts  map[string]map[int]int `json:"fan_outs"`
	Profiles []profileEntry         `json:"profiles"`
}

type profileEntry struct {
	Name      string                       `json:"name"`
	Adjective string                       `json:"adjective"`
	Doc       string                       `json:"doc"`
	Stress    bool                         `json:"stress"`
	Percent   map[Basis]map[string]float64 `json:"percent_of_calls"`
	Loops     []struct {
		Class   string  `json:"class"`
		Percent float64 `json:"percent_of_sessions"`
		Basis   Basis   `json:"basis"`
		Lengths []int   `json:"lengths"`
	} `json:"loops"`
	FanOut string `json:"fan_out"`
}

// readProfiles reads profiles, and refuses what it does not know.
func readProfiles(data []byte) ([]Profile, error) {
	var file profileFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, err
	}
	var classes []string
	for _, g := range All() {
		classes = append(classes, g.ID)
	}
	var list []Profile
	for _, entry := range file.Profiles {
		p := entry.profile(classes)
		p.FanOut = newFanOut(file.FanOuts[entry.FanOut])
		if err := p.check(classes); err != nil {
			return nil, fmt.Errorf("the profile %q: %w", p.Name, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// profile is what an entry says, with the rates in the order of the classes.
func (e profileEntry) profile(classes []string) Profile {
	p := Profile{Name: e.Name, Doc: e.Doc, Adjective: e.Adjective, Stress: e.Stress}
	for basis, percents := range e.Percent {
		for class, percent := range percents {
			p.Rates = append(p.Rates, Rate{e.Name, class, percent, "calls", basis})
		}
	}
	slices.SortFunc(p.Rates, func(a, b Rate) int {
		return slices.Index(classes, a.Class) - slices.Index(classes, b.Class)
	})
	for _, l := range e.Loops {
		p.Loops = append(p.Loops, Loop{Rate{e.Name, l.Class, l.Percent, "sessions", l.Basis}, l.Lengths})
	}
	return p
}

// check reports what nothing can be drawn by.
func (p Profile) check(classes []string) error {
	if p.Name == "" || p.Adjective == "" || p.Doc == "" || len(p.FanOut) == 0 {
		return errors.New("its name, adjective, sentence or fan-out is missing")
	}
	for _, r := range p.rates() {
		switch {
		case !slices.Contains(classes, r.Class):
			return fmt.Errorf("there is no class %q", r.Class)
		case !slices.Contains([]Basis{Measured, Derived, Guess}, r.Basis):
			return fmt.Errorf("%s: there is no basis %q", r.Class, r.Basis)
		case r.Percent <= 0 || r.Percent > 100:
			return fmt.Errorf("%s: %v %% is no rate", r.Class, r.Percent)
		}
	}
	for _, f := range p.FanOut {
		if f.Calls < 1 || f.Count < 1 {
			return fmt.Errorf("its fan-out has %d responses of %d calls", f.Count, f.Calls)
		}
	}
	for i, r := range p.Rates {
		if i > 0 && p.Rates[i-1].Class == r.Class {
			return fmt.Errorf("%s stands twice", r.Class)
		}
	}
	if p.Wrong() > 100 {
		return fmt.Errorf("its rates add up to %v %%", p.Wrong())
	}
	for _, l := range p.Loops {
		if _, ok := loopOf(l.Class, nil); !ok || len(l.Lengths) == 0 || slices.Min(l.Lengths) < 2 {
			return fmt.Errorf("%s: want a class that loops, and lengths of at least 2", l.Class)
		}
	}
	return nil
}
