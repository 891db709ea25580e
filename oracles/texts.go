package oracles

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// text is what a model reads of a tool, and where in its entry it stands.
type text struct{ at, is string }

// maxText bounds how much of one text is looked at.
const maxText = 256 << 10

// textsOf are all names, titles and descriptions of a tool and its parameters.
func textsOf(t scenarios.Tool) []text {
	var entry map[string]any
	if json.Unmarshal(t.Entry, &entry) != nil {
		return nil
	}
	name, _ := entry["name"].(string)
	return append([]text{{"/name", name}}, gather("", entry, false)...)
}

// gather collects the texts below a place; under properties the keys are
// texts.
func gather(at string, x any, keyed bool) []text {
	var list []text
	switch x := x.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			below := scenarios.Pointer(at, key)
			value, isText := x[key].(string)
			switch {
			case keyed:
				list = append(list, text{below, key})
			case isText && (key == "title" || key == "description"):
				list = append(list, text{below, value[:min(len(value), maxText)]})
			}
			list = append(list, gather(below, x[key], !keyed && key == "properties")...)
		}
	case []any:
		for i, item := range x {
			list = append(list, gather(fmt.Sprintf("%s/%d", at, i), item, false)...)
		}
	}
	return list
}

func hiddenCharacters(l Listing) []remark {
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		for _, text := range textsOf(t) {
			if hidden := hiddenIn(text.is); len(hidden) > 0 {
				return fmt.Sprintf("at %.80q the characters %s are not seen by people, and read by models", text.at, codes(hidden))
			}
		}
		return ""
	})
}

// codes names characters, each once, the first few of many.
func codes(list []rune) string {
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	var names []string
	for _, r := range list {
		names = append(names, fmt.Sprintf("%U", r))
	}
	return places(names)
}

// flag is an emoji of a region's flag, which is spelt with tags.
var flag = regexp.MustCompile(`\x{1F3F4}[\x{E0030}-\x{E0039}\x{E0061}-\x{E007A}]{2,6}\x{E007F}`)

// hiddenIn are the characters of a text that are not seen and that neither a
// script nor an emoji needs.
func hiddenIn(s string) []rune {
	text := []rune(flag.ReplaceAllString(s, ""))
	rightToLeft := slices.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam)
	})
	var found []rune
	for i, r := range text {
		switch {
		case unicode.Is(overriding, r),
			unicode.Is(directing, r) && !rightToLeft,
			unicode.Is(joining, r) && !(foreignScript(text, i-1) && foreignScript(text, i+1)),
			unicode.Is(unicode.Variation_Selector, r) && i > 0 && unicode.Is(unicode.Variation_Selector, text[i-1]):
			found = append(found, r)
		}
	}
	return found
}

// foreignScript reports whether character i is of a script, or an emoji, that joins
// its characters by invisible ones.
func foreignScript(text []rune, i int) bool {
	return i >= 0 && i < len(text) && text[i] > unicode.MaxLatin1 && !unicode.Is(joining, text[i])
}

// Characters that are not seen: those that no text needs, those that texts from
// right to left need, and those that join or part what stands around them.
var (
	overriding = &unicode.RangeTable{
		R16: []unicode.Range16{{0x00, 0x08, 1}, {0x0b, 0x0c, 1}, {0x0e, 0x1f, 1}, {0x7f, 0x9f, 1}, {0x202d, 0x202e, 1}, {0x2061, 0x2064, 1}, {0x206a, 0x206f, 1}},
		R32: []unicode.Range32{{0xe0000, 0xe007f, 1}}, LatinOffset: 4,
	}
	directing = &unicode.RangeTable{
		R16: []unicode.Range16{{0x061c, 0x061c, 1}, {0x200e, 0x200f, 1}, {0x202a, 0x202c, 1}, {0x2066, 0x2069, 1}},
	}
	joining = &unicode.RangeTable{R16: []unicode.Range16{{0x200b, 0x200d, 1}, {0x2060, 0x2060, 1}, {0xfeff, 0xfeff, 1}}}
)

// steering are the ways in which descriptions speak to a model behind the
// user's back; each pattern is matched without regard to case.
var steering = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(ignore|disregard|forget|override)\s+(all\s+|any\s+|the\s+|your\s+)*(previous|prior|above|earlier|preceding|other)\s+(instruction|prompt|rule|message|guideline)s?\b`),
	regexp.MustCompile(`(?i)\b(do\s+not|don't|never)\s+(tell|inform|notify|mention\s+(this|it|that)\s+to|reveal\s+(this|it|that)\s+to)\s+(this\s+to\s+)?(the\s+)?user\b`),
	regexp.MustCompile(`(?i)\bwithout\s+(telling|informing|notifying)\s+(the\s+)?user\b`),
	regexp.MustCompile(`(?i)</?(important|system|secret|hidden|instructions?)>`),
	regexp.MustCompile(`(?i)<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>`),
	regexp.MustCompile(`(?i)\b(read|open|send|include|pass|upload)\b.{0,80}(\.ssh/|\bid_rsa\b|\.aws/credentials|\.cursor/mcp\.json)`),
	regexp.MustCompile(`<!--`),
}

func instructions(l Listing) []remark {
	return remarks(l.Catalog, func(_ int, t scenarios.Tool) string {
		for _, text := range textsOf(t) {
			for _, pattern := range steering {
				if words := pattern.FindString(text.is); words != "" {
					return fmt.Sprintf("the text at %.80q says %.80q, which speaks to the model and not of the tool", text.at, words)
				}
			}
			if blob := blobIn(text.is); blob != "" {
				return fmt.Sprintf("the text at %.80q holds what looks encoded: %.24q...", text.at, blob)
			}
		}
		return ""
	})
}

var encoded = regexp.MustCompile(`[A-Za-z0-9+/]+`)

// minBlob is from which length on a run of such characters is no word.
const minBlob = 100

// blobIn is the first long run of characters of base64 in a text; "" where there
// is none. A path or a digest is none: they lack letters of either case, or
// digits, or hold many slashes.
func blobIn(s string) string {
	for _, run := range encoded.FindAllString(s, -1) {
		has := func(set string) bool { return strings.ContainsAny(run, set) }
		if len(run) >= minBlob && has("abcdefghijklmnopqrstuvwxyz") && has("ABCDEFGHIJKLMNOPQRSTUVWXYZ") && has("0123456789") && strings.Count(run, "/") < len(run)/16 {
			return run
		}
	}
	return ""
}
