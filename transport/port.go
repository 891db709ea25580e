package transport

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
)

// PortPlaceholder stands for a free port in the URL of a Started target, and in the
// command and the environment of its server: each process then has a port of its own,
// and several live at once.
const PortPlaceholder = "{port}"

// Ports are given out below those that systems take for outgoing connections: one that
// was found free stays so until the server listens.
const (
	lowestPort = 20000
	givenPorts = 12000
	// Servers that find their port taken may try the next.
	portStep = 7
)

// ports gives out free ports of the loopback in turn. It is safe for concurrent use.
type ports struct{ next atomic.Uint32 }

// free returns a port that nobody listens at. Where it begins depends on our process,
// so that two of ours at once are not in each other's way.
func (p *ports) free() (string, error) {
	const stride = 97 // parts neighbouring process ids by more ports than one run has at once
	for range givenPorts {
		port := lowestPort + (uint32(os.Getpid())*stride+portStep*p.next.Add(1))%givenPorts
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		l.Close()
		return fmt.Sprint(port), nil
	}
	return "", fmt.Errorf("no port from %d to %d is free", lowestPort, lowestPort+givenPorts-1)
}

// AnyPort is a URL that can be read whether or not it leaves its port open: port 0
// stands for any.
func AnyPort(address string) string { return withPort(address, "0") }

// withPort is a text with a port in the place of each placeholder.
func withPort(text, port string) string { return strings.ReplaceAll(text, PortPlaceholder, port) }

// Placed is a text with the port of an address in the place of each placeholder, so that
// what belongs to one process of a server is reached beside it.
func Placed(text, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		return text
	}
	return withPort(text, u.Port())
}

// allWithPort is withPort of each; nil stays nil.
func allWithPort(texts []string, port string) []string {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i] = withPort(texts[i], port)
	}
	return texts
}
