package generators

import "github.com/mcpfuzz/mcpfuzz/scenarios"

// Marks are valid arguments with a text in the place of another, once for each
// place that takes any text.
func Marks(s Subject, args scenarios.Value, text string) []scenarios.Value {
	var marked []scenarios.Value
	for _, x := range sites(s.Schema.settled(args), args, "", true, 0) {
		if with := args.With(x.pointer, scenarios.Str(text)); nonceable(x) && s.allows(with) {
			marked = append(marked, with)
		}
	}
	return marked
}

// MarkedWhole are the fullest arguments with a text in each place that takes any, but for
// one; false where there is none.
func MarkedWhole(s Subject, except, text string) (scenarios.Value, bool) {
	args, marked := s.base, false
	for _, x := range s.sites {
		if with := args.With(x.pointer, scenarios.Str(text)); x.pointer != except && nonceable(x) && s.allows(with) {
			args, marked = with, true
		}
	}
	return args, marked && s.allows(args)
}
