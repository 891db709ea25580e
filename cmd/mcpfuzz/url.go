package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// standing is a server that somebody else started.
func (f *targetFlags) standing(t *target, address string) error {
	if !strings.Contains(address, "://") {
		return fmt.Errorf("%q is no URL and no demo; give http://..., demo:hardened, demo:fragile, or -- COMMAND", address)
	}
	if strings.Contains(address, transport.PortPlaceholder) {
		return fmt.Errorf("a server that stands has a port; %s is for one that we start: --url URL -- COMMAND", transport.PortPlaceholder)
	}
	if err := f.allowed(address, t.redact); err != nil {
		return err
	}
	u, _ := url.Parse(address)
	t.address = address
	reach, err := f.clients.reach()
	if err != nil {
		return err
	}
	f.reach(t, func(sse *transport.SSE) transport.Target {
		return transport.HTTP(address, transport.HTTPOptions{Limits: f.limits(), SSE: sse, Reach: reach})
	})
	t.name, t.line = slug(u.Host), t.redact.Line([]string{address})
	t.words, t.shown = []string{address}, []string{u.Host, u.Path}
	return nil
}

// reach settles the transports by which a URL is reached.
func (f *targetFlags) reach(t *target, by func(*transport.SSE) transport.Target) {
	sse := by(&transport.SSE{Header: t.header})
	if f.sse {
		t.Target = sse
		return
	}
	t.Target, t.older = by(nil), sse
}

// olderFor is the target over HTTP+SSE for a run that may find out whether that is
// spoken: one of the revision that has it, or of none in particular.
func (t target) olderFor(revisions []string) transport.Target {
	if len(revisions) == 0 || slices.Equal(revisions, []string{protocol.Oldest}) {
		return t.older
	}
	return nil
}

// allowed refuses hosts that are not this machine unless they are allowed by
// name.
func (f *targetFlags) allowed(address string, redact *record.Redactor) error {
	shown := redact.Line([]string{address})
	u, err := url.Parse(transport.AnyPort(address))
	switch {
	case err != nil:
		var why *url.Error
		errors.As(err, &why)
		return fmt.Errorf("the target %s is no URL: %w", shown, why.Err)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the target %s is neither http nor https", shown)
	case u.Hostname() == "":
		return fmt.Errorf("the target %s names no host", shown)
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if f.clients.socket != "" || host == "localhost" || (ip != nil && ip.IsLoopback()) || slices.Contains(f.allowHost, host) {
		return nil
	}
	return fmt.Errorf("%s is not this machine; give --allow-host %s if you may test it", host, host)
}
