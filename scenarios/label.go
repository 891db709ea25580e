package scenarios

import (
	"slices"
	"strings"
	"unicode"
)

// Validation is given at most this much; what is larger is judged by the size
// that its expressions are known to have.
const (
	maxJudged   = 1 << 20
	maxExponent = 4 // digits
)

// WantOf labels what a step sends by validating it: first by the revision's
// request schema, then by the tool's published schema. What breaks neither is
// WantAny. References take their defaults; a step that cannot be judged is
// WantAny and says so in Unjudged. For a Burst it is the label of its first
// line, for steps that send nothing the zero Label.
func (c *Catalog) WantOf(step Step) Label {
	switch step := step.(type) {
	case Call:
		return c.wantOfCall(step.Tool, step.Args)
	case Request:
		return c.wantOfRequest(step.Method, step.Params)
	case Raw:
		return c.wantOfFrame(ShapeOf([]byte(step.Bytes)))
	case Notify:
		return Label{Want: WantAny}
	case Burst:
		if len(step.Lines) > 0 {
			return c.WantOf(step.Lines[0])
		}
	}
	return Label{}
}

func (c *Catalog) wantOfFrame(s Shape) Label {
	switch {
	case s.Rule != "" && s.derived():
		return Label{Want: WantAny, Loose: []Breach{{Keyword: s.Rule, Detail: s.Problem}}}
	case s.misspelt:
		return refuse(BasisSpec, Breach{Keyword: misspelt, Detail: s.Problem})
	case s.Rule != "":
		return refuse(BasisSpec, Breach{Keyword: s.Rule, Detail: s.Problem})
	}
	if s.Owed() {
		return c.wantOfRequest(s.Method, s.Params)
	}
	return Label{Want: WantAny}
}

func refuse(basis Basis, broken ...Breach) Label {
	return Label{Want: WantReject, Basis: basis, Breaches: broken}
}

// wantOfRequest judges the params of a request by what its method demands.
func (c *Catalog) wantOfRequest(method string, params Value) Label {
	params, err := withDefaults(params)
	form, judged := compiledRequests()[method]
	switch {
	case err != nil:
		return unjudged(err.Error())
	case params.n.isWild():
		return unjudged("the params hold bytes that are no JSON")
	case judged:
		return form.wantOf(c, params)
	case params.Kind() != Object && !params.IsAbsent():
		return refuse(BasisSpec, Breach{Keyword: "params", Detail: "params is no object but " + params.Kind().String()})
	case method != "tools/call":
		return Label{Want: WantAny}
	case twice(params):
		return Label{Want: WantAny, Loose: []Breach{{Keyword: ruleTwice, Detail: "a member stands twice"}}}
	}
	if key, ok := laxly(params, "name"); ok {
		return refuse(BasisSpec, Breach{Pointer("", key), misspelt, "the tool's name is there under another spelling of its member only"})
	}
	name, _ := params.At("/name")
	text, err := name.Decode(maxJudged)
	if err != nil {
		return unjudged(err.Error())
	}
	tool, ok := text.(string)
	if !ok {
		return refuse(BasisSpec, Breach{Pointer: "/name", Keyword: "name", Detail: "the tool's name is no string but " + name.Kind().String()})
	}
	args, _ := params.At("/arguments")
	return c.wantOfCall(tool, args)
}

// withDefaults puts the defaults of references in their place.
func withDefaults(v Value) (Value, error) {
	return v.Resolve(func(Ref) (Value, bool) { return Value{}, false })
}

func unjudged(why string) Label { return Label{Want: WantAny, Unjudged: []string{why}} }

func (c *Catalog) wantOfCall(name string, args Value) Label {
	i, known := 0, false
	if c != nil {
		i, known = c.index[name]
	}
	args, err := withDefaults(args)
	switch {
	case !known:
		return refuse(BasisSpec, c.unlisted(name))
	case err != nil:
		return unjudged(err.Error())
	case args.IsAbsent():
		args = Obj()
	case args.n.isWild():
		return unjudged("the arguments hold bytes that are no JSON")
	case args.Kind() != Object:
		return refuse(BasisSpec, Breach{Keyword: "arguments", Detail: "arguments is no object but " + args.Kind().String()})
	}
	v := c.validators[i]
	if v == nil {
		return unjudged(c.tools[i].Trouble)
	}
	return v.label(args)
}

// unlisted tells a name that no tool has from one that a tool has in another
// spelling.
func (c *Catalog) unlisted(name string) Breach {
	if c != nil && c.spellings[Spelling(name)] {
		return Breach{Keyword: misspelt, Detail: "a tool is listed in another spelling only"}
	}
	return Breach{Keyword: "tool", Detail: "no tool of that name is listed"}
}

// Spelling is a name without its case and its separators: names of one spelling
// are taken for each other.
func Spelling(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-./: ", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// label judges arguments by the schema.
func (v *validator) label(args Value) Label {
	l := Label{Want: WantAny, Unjudged: slices.Clone(v.left), Loose: v.loose(args, "", v.root)}
	switch {
	case twice(args):
		// Which of the two a server takes is its own choice.
		l.Loose = append(l.Loose, Breach{Keyword: ruleTwice, Detail: "a member stands twice"})
		return l
	case args.outsized():
		l.Breaches = v.oversized(v.root, args, "")
		l.Unjudged = append(l.Unjudged, "what is too large to validate")
		return l.settle()
	}
	x, err := args.Decode(maxJudged)
	if err != nil {
		l.Unjudged = append(l.Unjudged, err.Error())
		return l
	}
	broken, ok := v.breaches(x, args.Size())
	broken = respelt(args, broken)
	if !ok {
		l.Unjudged = append(l.Unjudged, "what the validator could not judge")
	}
	l.Breaches = broken
	if ok && len(broken) == 0 {
		l.Loose = append(l.Loose, v.unformatted(x, args.Size())...)
	}
	return l.settle()
}

// settle sets what is wanted from what is broken.
func (l Label) settle() Label {
	if len(l.Breaches) > 0 {
		l.Want, l.Basis = WantReject, BasisSchema
	}
	return l
}

// outsized reports whether a value is too much for the validator.
func (v Value) outsized() bool {
	return v.Size() > maxJudged || v.Depth() > maxDecodeDepth || v.hugeNumber()
}

// hugeNumber reports whether a number in the value has an exponent that exact
// arithmetic cannot bear.
func (v Value) hugeNumber() bool {
	if v.Kind() == Number && !v.IsExpr() {
		return hugeExponent(v.Source())
	}
	return slices.ContainsFunc(v.Items(), Value.hugeNumber) ||
		slices.ContainsFunc(v.Members(), func(m Member) bool { return m.Value.hugeNumber() })
}

func hugeExponent(number string) bool {
	_, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	return len(strings.TrimLeft(exponent, "+-0")) > maxExponent
}
