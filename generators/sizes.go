package generators

import "github.com/mcpfuzz/mcpfuzz/scenarios"

const rightSize = "refuses it with a bounded error, or serves it in time; stays up"

// The sizes and depths that are tried: what models are seen to send at most,
// then what breaks naive servers.
var (
	largeTexts = []int64{8 << 10, 25 << 10}
	oversized  = []int64{64 << 10, 1 << 20, 8 << 20, 20 << 20}
	depths     = []int64{64, 1000, 1100, 20_000}
)

// sizeClasses are the ways in which the size of a value goes wrong.
func sizeClasses() []Generator {
	freeText := func(x site) bool {
		return x.key != "" && x.schema.is("string") && !x.schema.has("enum") && !x.schema.has("maxLength") && !x.schema.has("format")
	}
	return []Generator{
		change("S1", "large", "The model sends a long text, as it does for a file's content.", "takes it", freeText,
			func(d *Draw, _ site) scenarios.Value { return scenarios.Rand(1, inTurn(d, largeTexts)) }),
		outsize("S2", "oversized", "A value is far larger than any model would write.", kind("string"), func(d *Draw) scenarios.Value {
			return scenarios.Repeat(scenarios.Str("A"), inTurn(d, oversized))
		}),
		outsize("S3", "deep", "A value is nested far deeper than any document is.", kind("object", "array"), func(d *Draw) scenarios.Value {
			key := ""
			if d.Bool() {
				key = "a"
			}
			return scenarios.Nest(scenarios.Of(0), inTurn(d, depths), key)
		}),
		change("S4", "repetition", "The model falls into repeating itself inside a value.", rightSize,
			func(x site) bool { return x.key != "" && x.schema.is("string") && !x.schema.has("enum") },
			func(d *Draw, _ site) scenarios.Value {
				return scenarios.Repeat(scenarios.Str(inTurn(d, []string{"... ", "\u00a0"})), 1000)
			}),
		growing(),
	}
}

// outsize makes a generator that puts a value of unusual size where its type
// fits, or else under a key of its own.
func outsize(id, name, doc string, fits func(site) bool, make func(*Draw) scenarios.Value) Generator {
	return Generator{
		ID: id, Name: name, Doc: doc, Right: rightSize, Applies: always,
		Steps: func(d *Draw, s Subject) []scenarios.Step {
			x := make(d)
			args, at, ok := s.find(d, fits)
			if !ok {
				at = site{pointer: "/note"}
			}
			args = s.thin(d, args.With(at.pointer, x), at.pointer)
			return s.call(name+"@"+at.pointer, args)
		},
	}
}
