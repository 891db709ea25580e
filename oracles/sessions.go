package oracles

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// manySessions is from how many sessions on their ids can be compared.
const manySessions = 8

func opensSessions(f frame) bool {
	opens := 0
	for _, step := range f.before {
		if _, is := step.(scenarios.Open); is {
			opens++
		}
	}
	return f.streamable() && opens >= manySessions
}

// guessableSessions looks at the ids of many sessions that were opened one after
// the other. What it says holds none of them: they are secrets.
func guessableSessions(o Observation, _ Seen) (string, Severity) {
	ids := o.Opened
	switch {
	case len(ids) < manySessions || slices.Contains(ids, ""):
		return "", SeverityUnset
	case slices.ContainsFunc(ids, unprintable):
		return "came after sessions whose ids hold characters that are not visible ASCII", Medium
	case len(distinct(ids)) < len(ids):
		return fmt.Sprintf("came after %d sessions that have %d ids between them", len(ids), len(distinct(ids))), SeverityUnset
	case counted(ids):
		return "came after sessions whose ids are counted: the next can be guessed", SeverityUnset
	}
	if bits := spread(ids); bits < minSpread {
		return fmt.Sprintf("came after sessions whose ids differ in about %.0f bits, fewer than %d", bits, minSpread), Low
	}
	return "", SeverityUnset
}

// minSpread is how many bits of a session's id must be left to guess.
const minSpread = 64

func unprintable(id string) bool {
	return strings.ContainsFunc(id, func(c rune) bool { return c < 0x21 || c > 0x7e })
}

func distinct(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// counted reports whether ids are numbers, decimal or hexadecimal, that grow by
// small steps behind and before what they have in common.
func counted(ids []string) bool {
	for _, base := range []int{10, 16} {
		if growing(middles(ids, base), base) {
			return true
		}
	}
	return false
}

// maxStep is how far ids that are counted may lie apart: others open sessions, too.
const maxStep = 1 << 12

func growing(middles []string, base int) bool {
	var last *big.Int
	for _, m := range middles {
		n, ok := new(big.Int).SetString(m, base)
		if !ok {
			return false
		}
		if last != nil {
			step := new(big.Int).Sub(n, last)
			if step.Sign() <= 0 || step.Cmp(big.NewInt(maxStep)) > 0 {
				return false
			}
		}
		last = n
	}
	return len(middles) > 0
}

// digits are those of the numbers that ids may be.
var digits = map[int]string{10: "0123456789", 16: "0123456789abcdefABCDEF"}

// middles are texts without the start and the end that they share, where these
// are no digits of a base: a number is taken whole.
func middles(texts []string, base int) []string {
	digit := func(c byte) bool { return strings.IndexByte(digits[base], c) >= 0 }
	first := texts[0]
	start := len(sharedPrefix(texts))
	for start > 0 && digit(first[start-1]) {
		start--
	}
	end := len(sharedSuffix(texts))
	for end > 0 && digit(first[len(first)-end]) {
		end--
	}
	list := make([]string, len(texts))
	for i, t := range texts {
		list[i] = t[start:max(start, len(t)-end)]
	}
	return list
}

func sharedPrefix(texts []string) string {
	shared := texts[0]
	for _, t := range texts[1:] {
		n := 0
		for n < min(len(shared), len(t)) && shared[n] == t[n] {
			n++
		}
		shared = shared[:n]
	}
	return shared
}

func sharedSuffix(texts []string) string {
	turned := make([]string, len(texts))
	for i, t := range texts {
		b := []byte(t)
		slices.Reverse(b)
		turned[i] = string(b)
	}
	return sharedPrefix(turned)
}

// fewKinds is up to how many different characters at one place are taken for all
// that can stand there.
const fewKinds = 3

// spread estimates how many bits differ between ids, and rather too many: a place
// at which many characters stand is taken for one of any that stand anywhere.
func spread(ids []string) float64 {
	shortest := len(slices.MinFunc(ids, func(a, b string) int { return len(a) - len(b) }))
	full, bits := math.Log2(float64(alphabet(strings.Join(ids, "")))), 0.0
	for at := range shortest {
		seen := map[byte]bool{}
		for _, id := range ids {
			seen[id[at]] = true
		}
		if len(seen) > fewKinds {
			bits += full
		} else {
			bits += math.Log2(float64(len(seen)))
		}
	}
	return bits
}

// alphabet is how many characters there are of the kind that a text is made of.
func alphabet(text string) int {
	for _, base := range []int{10, 16} {
		if strings.Trim(text, digits[base]+"-") == "" {
			return base
		}
	}
	return 64 // of base 64, the largest in use
}
