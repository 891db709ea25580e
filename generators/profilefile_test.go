package generators

import (
	"math"
	"strings"
	"testing"
)

// A file of profiles that nothing can be drawn by is refused, and says why.
func TestProfilesAreReadStrictly(t *testing.T) {
	const sound = `{"fan_outs": {"one": {"1": 3, "2": 1}}, "profiles": [{"name": "p", "adjective": "made", "doc": "Made.",
		"percent_of_calls": {"measured": {"V1": 60, "N1": 0.5}, "guess": {"T1": 20}},
		"loops": [{"class": "L3", "percent_of_sessions": 2, "basis": "derived", "lengths": [2, 9]}], "fan_out": "one"}]}`
	list, err := readProfiles([]byte(sound))
	if err != nil || len(list) != 1 || len(list[0].Rates) != 3 || list[0].Rates[0].Class != "N1" || list[0].Rates[2].Class != "V1" {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, tc := range []struct{ old, bad, want string }{
		{`"doc"`, `"docs"`, `unknown field "docs"`},
		{`"Made."`, `""`, "sentence"},
		{`"fan_out": "one"`, `"fan_out": "two"`, "fan-out is missing"},
		{`"1": 3`, `"0": 3`, "3 responses of 0 calls"},
		{`"V1": 60`, `"V0": 60`, `there is no class "V0"`},
		{`"V1": 60`, `"V1": 90`, "add up to"},
		{`"V1": 60`, `"V1": 0`, "no rate"},
		{`"V1": 60`, `"T1": 60`, "T1 stands twice"},
		{`"guess"`, `"rumour"`, `no basis "rumour"`},
		{`"L3"`, `"L1"`, "a class that loops"},
		{`[2, 9]`, `[]`, "lengths of at least 2"},
		{`[2, 9]`, `[1]`, "lengths of at least 2"},
	} {
		if !strings.Contains(sound, tc.old) {
			t.Fatalf("%s is not there to be replaced", tc.old)
		}
		_, err := readProfiles([]byte(strings.Replace(sound, tc.old, tc.bad, 1)))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s for %s: %v, want %q", tc.bad, tc.old, err, tc.want)
		}
	}
}

// The tail of chi-square is that of the printed tables.
func TestChiSquareTail(t *testing.T) {
	for _, tc := range []struct {
		x       float64
		freedom int
		p       float64
	}{
		{0, 3, 1},
		{3.8415, 1, 0.05},
		{10.8276, 1, 0.001},
		{5.9915, 2, 0.05},
		{7.8147, 3, 0.05},
		{18.3070, 10, 0.05},
		{29.5883, 10, 0.001},
		{30.8133, 11, 0.0012},
		{43.7730, 30, 0.05},
		{86.6608, 50, 0.001},
		{53.3, 54, 0.5015},
	} {
		if got := chiSquareTail(tc.x, tc.freedom); math.Abs(got-tc.p) > 0.0002+tc.p/100 {
			t.Errorf("chi-square %v with %d degrees of freedom: p %v, want %v", tc.x, tc.freedom, got, tc.p)
		}
	}
}
