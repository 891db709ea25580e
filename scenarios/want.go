package scenarios

// Want is what a server should do with what it is sent.
type Want uint8

// The wants. Accept is only wanted of a call that is known to work.
const (
	WantUnset Want = iota
	WantAccept
	WantReject
	WantAny
)

// wantWords are the words of the text form, by Want.
var wantWords = [...]string{"", "accept", "reject", "any"}

// String returns the word of the text form, "" for WantUnset.
func (w Want) String() string { return wantWords[w] }

// Basis is what a judgement rests on.
type Basis uint8

// The bases, strongest first: a MUST or SHOULD of the revision in force, the
// tool's own published contract, the hardening rules.
const (
	BasisUnset Basis = iota
	BasisSpec
	BasisSchema
	BasisHardening
)

var basisWords = [...]string{"", "spec", "schema", "hardening"}

// String returns the word used in reports, "" for BasisUnset.
func (b Basis) String() string { return basisWords[b] }

// Label is what validation says of one message that is sent.
type Label struct {
	// Want is WantReject when a contract is broken, else WantAny.
	Want Want
	// Basis says whose contract is broken; BasisUnset when none is.
	Basis Basis
	// Breaches lists what is broken, in a stable order.
	Breaches []Breach
	// Loose lists what the schema allows but a hardening rule calls unsound:
	// unknown keys on an open schema (Keyword "additionalProperties"), values
	// that break a format (Keyword "format"), sizes that no bound limits
	// (Keyword "unbounded").
	Loose []Breach
	// Unjudged names schema keywords, or pointers, that could not be judged.
	Unjudged []string
}

// Breach is one broken part of a contract.
type Breach struct {
	// Pointer is the JSON pointer into the arguments ("" for the whole), or
	// into the params when the request schema is broken (then Basis is spec).
	Pointer string
	// Keyword is the JSON Schema keyword that is broken: "type", "required",
	// "additionalProperties", "enum", "maximum", ...; "tool" when the tool's
	// name is not in the catalogue, "spelling" when it is there with another
	// case or other separators.
	Keyword string
	// Detail is one short phrase: what was expected and what was there.
	Detail string
}

// ParseBasis reads the word of a Basis.
func ParseBasis(word string) (Basis, bool) {
	for b := BasisSpec; b <= BasisHardening; b++ {
		if basisWords[b] == word {
			return b, true
		}
	}
	return BasisUnset, false
}
