package scenarios_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// Sizes are known without expanding, whatever the count is next to the chunks
// in which it is written.
func TestSizeIsWhatIsWritten(t *testing.T) {
	units := []scenarios.Value{
		scenarios.Str("A"), scenarios.Str("é\n"), scenarios.Of(1), scenarios.Obj(),
		scenarios.Arr(scenarios.Str(strings.Repeat("x", 17_000))), scenarios.Arr(scenarios.Rand(4, 20_000), scenarios.Of(nil)),
	}
	for _, unit := range units {
		for _, n := range []int64{0, 1, 2, 7, 1000, 16_383, 16_384, 16_385, 40_000} {
			if n*unit.Size() > 4<<20 {
				continue
			}
			for _, v := range []scenarios.Value{
				scenarios.Repeat(unit, n), scenarios.Nest(unit, n, ""), scenarios.Nest(unit, n, "k"),
				scenarios.Rand(uint64(n), n), scenarios.Arr(scenarios.Repeat(unit, n), unit),
			} {
				wire, err := v.AppendJSON(nil)
				if err != nil || int64(len(wire)) != v.Size() {
					t.Errorf("%.80s: size %d, wrote %d, %v", v, v.Size(), len(wire), err)
				}
				if n < 5000 && !json.Valid(wire) {
					t.Errorf("%.80s: wrote no JSON", v)
				}
			}
		}
	}
}

// A large expression streams: what it writes is never held as a whole.
func TestExpansionStreams(t *testing.T) {
	inner := scenarios.Repeat(scenarios.Str("A"), 64<<20)
	v := scenarios.Repeat(scenarios.Arr(inner), 2)
	if n, err := v.WriteTo(&limited{t: t}); err != nil || n != v.Size() {
		t.Errorf("wrote %d of %d: %v", n, v.Size(), err)
	}
}

// limited fails the test when it is given much at once.
type limited struct{ t *testing.T }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > 1<<20 {
		l.t.Errorf("%d bytes at once", len(b))
	}
	return len(b), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, tc := range expressions {
		v := scenarios.MustValue(tc.text)
		for room := range len(tc.wire) {
			if _, err := v.WriteTo(&narrow{room, broken}); !errors.Is(err, broken) {
				t.Errorf("%s with room for %d: %v", tc.text, room, err)
			}
		}
	}
}

// narrow takes so many bytes and then fails.
type narrow struct {
	room int
	err  error
}

func (n *narrow) Write(b []byte) (int, error) {
	if len(b) > n.room {
		return n.room, n.err
	}
	n.room -= len(b)
	return len(b), nil
}
