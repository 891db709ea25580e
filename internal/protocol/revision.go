package protocol

// Revision is one dated revision of the Model Context Protocol, as far as a
// client on the wire must know it. Revisions differ by their rows alone.
type Revision struct {
	// Name is the date that names it.
	Name string
	// Stateless: no initialize and no session; version and capabilities ride
	// on every request in _meta, and HTTP headers mirror the body (2026-07-28).
	Stateless bool
	// VersionHeader: HTTP requests after the handshake carry
	// MCP-Protocol-Version.
	VersionHeader bool
	// Batches: JSON-RPC batches must be received (2025-03-26 alone).
	Batches bool
	// Probe is the method whose answer shows life.
	Probe string
}

// The revisions a run starts from where it may choose; over HTTP+SSE the one that
// has that transport.
const (
	Modern = "2026-07-28"
	Legacy = "2025-11-25"
	Oldest = "2024-11-05"
)

// Revisions returns all known revisions, oldest first.
func Revisions() []Revision {
	return []Revision{
		{Name: Oldest, Probe: "ping"},
		{Name: "2025-03-26", Probe: "ping", Batches: true},
		{Name: "2025-06-18", Probe: "ping", VersionHeader: true},
		{Name: Legacy, Probe: "ping", VersionHeader: true},
		{Name: Modern, Probe: "server/discover", VersionHeader: true, Stateless: true},
	}
}

// Lookup returns the revision with that name.
func Lookup(name string) (Revision, bool) {
	for _, r := range Revisions() {
		if r.Name == name {
			return r, true
		}
	}
	return Revision{}, false
}
