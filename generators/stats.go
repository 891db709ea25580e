package generators

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Count is how often a class was dealt, and how often it is expected to be.
type Count struct {
	Class    string
	Observed int
	Expected float64
}

// Tally counts the classes of the first n cases of a deck of traffic, valid calls
// first; its error is that of the context. A deck that deals every pair alike has none.
func (d *Deck) Tally(ctx context.Context, n int) ([]Count, error) {
	if d.traffic == nil {
		return nil, nil
	}
	observed := map[string]int{}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		observed[d.Pair(i).Class]++
	}
	var list []Count
	for _, s := range d.traffic.shares() {
		list = append(list, Count{s.Class, observed[s.Class], s.Of * float64(n)})
	}
	return list, nil
}

// leastExpected is what a cell must be expected to hold for the statistic to be
// that of chi-square (Cochran 1954); rarer classes share one.
const leastExpected = 5

// ChiSquare returns Pearson's statistic of counts, its degrees of freedom and the
// probability of one at least as great.
func ChiSquare(counts []Count) (x float64, freedom int, p float64) {
	var cell Count
	freedom = -1
	byExpected := func(a, b Count) int { return cmp.Compare(a.Expected, b.Expected) }
	for _, c := range slices.SortedStableFunc(slices.Values(counts), byExpected) {
		cell.Observed += c.Observed
		cell.Expected += c.Expected
		if cell.Expected >= leastExpected {
			off := float64(cell.Observed) - cell.Expected
			x += off * off / cell.Expected
			freedom++
			cell = Count{}
		}
	}
	return x, max(freedom, 0), chiSquareTail(x, freedom)
}

// chiSquareTail is the probability that chi-square is at least x: the regularised
// upper incomplete gamma function Q(freedom/2, x/2), by its recurrence in steps of
// one (Abramowitz and Stegun, 26.4.4 and 26.4.5).
func chiSquareTail(x float64, freedom int) float64 {
	if x <= 0 || freedom < 1 {
		return 1
	}
	half := x / 2
	a, q := 1.0, math.Exp(-half)
	if freedom%2 == 1 {
		a, q = 0.5, math.Erfc(math.Sqrt(half))
	}
	for ; a < float64(freedom)/2; a++ {
		gamma, _ := math.Lgamma(a + 1)
		q += math.Exp(a*math.Log(half) - half - gamma)
	}
	return min(q, 1)
}
