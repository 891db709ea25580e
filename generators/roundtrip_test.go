package generators_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"

	"github.com/mcpfuzz/mcpfuzz/generators"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// caseGen generates mutated cases of the rich deck.
func caseGen(t testing.TB) gopter.Gen {
	deck, _ := richDeck(t, 1)
	library := scenarios.Library()
	return generators.Gen(func(d *generators.Draw) scenarios.Case {
		c := library[d.N(len(library))]
		if d.Bool() {
			c = deck.Make(d, deck.Pair(d.N(deck.Len())))
		}
		return deck.Mutate(d, c)
	}, generators.Shrinks)
}

func parameters(successful int) *gopter.TestParameters {
	p := gopter.DefaultTestParametersWithSeed(1)
	p.MinSuccessfulTests = successful
	return p
}

func TestFormatThenParseIsTheSame(t *testing.T) {
	properties := gopter.NewProperties(parameters(1500))
	properties.Property("Parse(Format(c)) == c", prop.ForAll(func(c scenarios.Case) string {
		text := scenarios.Format(c)
		again, err := scenarios.Parse(text)
		switch {
		case err != nil:
			return err.Error()
		case !reflect.DeepEqual(c, again):
			return "another case is read"
		case !bytes.Equal(scenarios.Format(again), text):
			return "it is written in another way"
		}
		return ""
	}, caseGen(t)))
	properties.TestingRun(t)
}

// damaged is the text of a case in which something was cut, doubled or swapped.
func damaged(d *generators.Draw, text string) string {
	const noise = "\x00\xff\n\t\"\\{}[]:,$#=-@ 0aé"
	for range 1 + d.N(4) {
		i, n := d.N(len(text)+1), d.N(12)
		end := min(i+n, len(text))
		switch d.N(5) {
		case 0:
			text = text[:i] + text[end:]
		case 1:
			text = text[:end] + text[i:]
		case 2:
			at := d.N(len(noise))
			text = text[:i] + noise[at:at+1] + text[i:]
		case 3:
			text = text[end:] + text[:i]
		case 4:
			text = text[:i]
		}
		if text == "" {
			return " "
		}
	}
	return text
}

// Text that is no scenario is an error of one line; what is read can be written.
func TestParseOfDamagedText(t *testing.T) {
	deck, _ := richDeck(t, 1)
	gen := generators.Gen(func(d *generators.Draw) string {
		c, _ := deck.Case(d.N(deck.Len()))
		return damaged(d, string(scenarios.Format(c)))
	}, func(string) []string { return nil })
	read := 0
	properties := gopter.NewProperties(parameters(4000))
	properties.Property("never a panic", prop.ForAll(func(text string) string {
		c, err := scenarios.Parse([]byte(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") || err.Error() == "" {
				return fmt.Sprintf("the error %q", err)
			}
			return ""
		}
		read++
		again, err := scenarios.Parse(scenarios.Format(c))
		if err != nil || !reflect.DeepEqual(c, again) {
			return fmt.Sprintf("read, and then %v", err)
		}
		return ""
	}, gen))
	properties.TestingRun(t)
	if read < 40 || read > 3000 {
		t.Errorf("%d of 4000 texts were sound", read)
	}
}

// A property that fails over a generated case is shrunk to its minimum.
func TestGopterShrinksToTheMinimum(t *testing.T) {
	c := richCatalog(t)
	deck := generators.NewDeck(1, c, []generators.Pair{{Tool: "create_entities", Class: "T1"}, {Tool: "create_entities", Class: "P2"}, {Tool: "create_entities", Class: "S2"}})
	gen := generators.Gen(func(d *generators.Draw) scenarios.Case {
		return deck.Make(d, deck.Pair(d.N(deck.Len())))
	}, generators.Shrinks)
	var last scenarios.Case
	property := prop.ForAll(func(c scenarios.Case) bool {
		call := c.Steps[0].(scenarios.Call)
		if v, ok := call.Args.At("/entities/0/name"); ok && v.Size() > 5 {
			last = c
			return false
		}
		return true
	}, gen)
	result := property.Check(parameters(200))
	if result.Passed() {
		t.Fatal("the property holds")
	}
	call := last.Steps[0].(scenarios.Call)
	v, _ := call.Args.At("/entities/0/name")
	if last.Steps[0] = (scenarios.Call{Tool: call.Tool, Args: call.Args}); v.Size() != 6 || len(call.Args.Members()) != 1 || call.Args.Size() != int64(len(`{"entities":[{"name":"abcd"}]}`)) {
		t.Errorf("shrunk to\n%s", scenarios.Format(last))
	}
}
