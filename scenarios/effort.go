package scenarios

import "sync"

// effort bounds the work of a validation: references that fan out make a short
// schema one of any size. Validations by one schema run one after another.
type effort struct {
	mu     sync.Mutex
	budget int64
}

// How many schemas may be applied to a value and its parts: some, and some more
// for each byte of it.
const (
	baseEffort = 20_000
	byteEffort = 4
)

// errEffort is what a validation panics with that needs more steps.
type errEffort struct{}

// begin starts a validation of a value of that size, which end ends.
func (e *effort) begin(size int64) {
	e.mu.Lock()
	e.budget = baseEffort + byteEffort*size
}

func (e *effort) end() { e.mu.Unlock() }

// step counts one schema that is applied; it is the check of stepFormat.
func (e *effort) step(any) error {
	if e.budget--; e.budget < 0 {
		panic(errEffort{})
	}
	return nil
}

// stepFormat is a format that each schema gets, so that its use is counted.
const stepFormat = "mcpfuzz-step"

// counted is a schema with its uses counted; a format that it has already moves
// into a part of its own.
func counted(x any) any {
	s, ok := x.(map[string]any)
	if !ok {
		return x
	}
	s = rebuild(s, counted)
	if format, has := s["format"]; has {
		all, _ := s["allOf"].([]any)
		s["allOf"] = append(all[:len(all):len(all)], map[string]any{"format": format})
	}
	s["format"] = stepFormat
	return s
}
