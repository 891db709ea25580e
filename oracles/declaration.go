package oracles

import (
	"slices"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// capabilities leads to what the client can do, in the params of a request of the
// stateless revision; logLevel to what it wants to be told.
const (
	capabilities = "/_meta/io.modelcontextprotocol~1clientCapabilities"
	logLevel     = "/_meta/io.modelcontextprotocol~1logLevel"
)

// declaration is what a request of the stateless revision says of itself.
type declaration struct {
	method, name, version string
	// capable: it says what the client can do.
	capable bool
}

// declares reads what a request declares; false for what is no request of the
// session's own, or has params in which nothing can be declared.
func (f frame) declares() (declaration, bool) {
	a := scenarios.AttrsOf(f.step)
	if a.Session != "" || a.Protocol != "" || !owed(f.step) {
		return declaration{}, false
	}
	switch step := f.step.(type) {
	case scenarios.Call:
		return declaration{"tools/call", step.Tool, f.Revision, true}, true
	case scenarios.Request:
		_, declares := step.Params.At("/_meta")
		d := declaration{step.Method, nameOf(step.Params), f.Revision, true}
		if declares {
			d.version, d.capable = declared(step.Params)
		}
		return d, step.Params.IsAbsent() || step.Params.Kind() == scenarios.Object && !step.Params.IsExpr()
	case scenarios.Raw:
		shape := scenarios.ShapeOf([]byte(step.Bytes))
		d := declaration{method: shape.Method, name: nameOf(shape.Params)}
		d.version, d.capable = declared(shape.Params)
		return d, true
	}
	return declaration{}, false
}

func nameOf(params scenarios.Value) string {
	v, _ := params.At("/name")
	name, _ := v.Text()
	return name
}

func declared(params scenarios.Value) (version string, capable bool) {
	v, _ := params.At(protocol.DeclaredVersion)
	version, _ = v.Text()
	able, _ := params.At(capabilities)
	return version, able.Kind() == scenarios.Object
}

// isModern reports whether a request declares all that it must.
func isModern(f frame) bool {
	d, ok := f.declares()
	return ok && d.version == modern && d.capable
}

// isStateless reports whether a request declares all that it must, where nothing before
// it may have begun a session, nor its header tell of another revision.
func isStateless(f frame) bool {
	return isModern(f) && !f.begun() && !hasHeader(f.step, protocol.VersionHeader)
}

// begun reports whether a frame before this one may have begun a session of an older
// revision: on a stream a server of both eras may take any that does not declare all
// that it must for that, and be one of the older era from there on.
func (f frame) begun() bool {
	return !f.streamable() && slices.ContainsFunc(f.before, func(step scenarios.Step) bool {
		switch step.(type) {
		case scenarios.Call, scenarios.Request, scenarios.Raw, scenarios.Notify, scenarios.Cancel:
			return !isModern(frame{Setting: f.Setting, step: step})
		}
		return false
	})
}
