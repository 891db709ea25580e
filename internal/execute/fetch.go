package execute

import (
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/scenarios"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// encode turns a step into a message, as what earlier ones were answered makes it.
func (p *play) encode(proto protocol.Session, step scenarios.Step, id string) (transport.Message, error) {
	if fetch, ok := step.(scenarios.Fetch); ok {
		return proto.Document(p.pointed(fetch.Of), fetch.Attrs), nil
	}
	step, err := p.again(step)
	if err != nil {
		return transport.Message{}, err
	}
	return proto.Encode(step, id)
}

// pointed is the address to which the refusal of a step points for what it says of keys;
// "" where it points nowhere, or to a server that nobody named.
func (p *play) pointed(step int) string {
	f := p.byStep[step]
	if f == nil || len(f.seen.Answers) == 0 {
		return ""
	}
	address := protocol.ResourceMetadata(f.seen.Answers[0].Frame.Header)
	if !transport.SameOrigin(p.wire.conn.Address(), address) {
		return ""
	}
	return address
}
