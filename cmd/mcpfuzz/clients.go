package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/identity"
	"github.com/mcpfuzz/mcpfuzz/internal/protocol"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// clientFlags say as whom a URL is reached, and by what way.
type clientFlags struct {
	identities []string
	revoke     []string
	caCert     string
	cert, key  string
	socket     string
}

func (f *clientFlags) register(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.identities, "identity", nil, "`NAME=bearer:VAR`, NAME=file:PATH or NAME=command:LINE: a client and where its key is read, shown as Authorization: Bearer; the first is the one that is used, with two the one is tried on what the other has")
	fs.StringArrayVar(&f.revoke, "revoke", nil, "`NAME=URL` or NAME=COMMAND that revokes the key of an identity for good when all else is done; the key is posted to a URL as the member token of a form (RFC 7009)")
	fs.StringVar(&f.caCert, "cacert", "", "trust the certificates of this `FILE` in the place of the system's")
	fs.StringVar(&f.cert, "cert", "", "show the certificate of this `FILE`")
	fs.StringVar(&f.key, "key", "", "the `FILE` with the private key of --cert (default: the same file)")
	fs.StringVar(&f.socket, "unix-socket", "", "connect to this `PATH` and not to the host of the URL")
}

// words are the flags that reach the same target again. None of them is a secret:
// they say where keys are, not what they are.
func (f *clientFlags) words() []string {
	var args []string
	for _, text := range f.identities {
		args = append(args, "--identity", text)
	}
	for _, flag := range []struct{ name, value string }{
		{"--cacert", f.caCert}, {"--cert", f.cert}, {"--key", f.key}, {"--unix-socket", f.socket},
	} {
		if flag.value != "" {
			args = append(args, flag.name, flag.value)
		}
	}
	return args
}

// check holds the flags to a target that is reached by a URL.
func (f *clientFlags) check(address string) error {
	switch {
	case address == "" && len(f.words()) > 0:
		return fmt.Errorf("%s goes with a server over HTTP: http://..., or --url URL -- COMMAND", f.words()[0])
	case len(f.revoke) > 0 && len(f.identities) == 0:
		return errors.New("--revoke goes with --identity, whose key it revokes")
	case f.key != "" && f.cert == "":
		return errors.New("--key goes with --cert, whose private key it is")
	}
	return nil
}

// reach reads the certificates.
func (f *clientFlags) reach() (transport.Reach, error) {
	r := transport.Reach{Socket: f.socket}
	if f.caCert == "" && f.cert == "" {
		return r, nil
	}
	r.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if f.caCert != "" {
		data, err := os.ReadFile(f.caCert)
		if err != nil {
			return r, fmt.Errorf("read --cacert: %w", err)
		}
		r.TLS.RootCAs = x509.NewCertPool()
		if !r.TLS.RootCAs.AppendCertsFromPEM(data) {
			return r, fmt.Errorf("--cacert %s holds no certificate in PEM", f.caCert)
		}
	}
	if f.cert == "" {
		return r, nil
	}
	key := f.key
	if key == "" {
		key = f.cert
	}
	pair, err := tls.LoadX509KeyPair(f.cert, key)
	if err != nil {
		return r, fmt.Errorf("read --cert and --key: %w", err)
	}
	r.TLS.Certificates = []tls.Certificate{pair}
	return r, nil
}

// introduce asks for the keys of the clients. From then on none of them is written.
// Allowed refuses URLs that no key may be sent to.
func (f *clientFlags) introduce(ctx context.Context, t *target, allowed func(string) error) error {
	var specs []identity.Spec
	for _, text := range f.identities {
		spec, err := identity.Parse(text)
		if err != nil {
			return fmt.Errorf("--identity %w", err)
		}
		specs = append(specs, spec)
	}
	for _, text := range f.revoke {
		if err := f.revocable(specs, text, allowed); err != nil {
			return err
		}
	}
	var err error
	if t.clients, err = identity.NewRing(ctx, specs, t.redact.Learn); err != nil {
		return fmt.Errorf("--identity: %w", err)
	}
	return nil
}

// revocable gives the client that --revoke names the way to revoke its key.
func (f *clientFlags) revocable(specs []identity.Spec, text string, allowed func(string) error) error {
	name, way, _ := strings.Cut(text, "=")
	i := slices.IndexFunc(specs, func(s identity.Spec) bool { return s.Name == name })
	switch {
	case way == "" || i < 0:
		return errors.New("--revoke: want NAME=URL or NAME=COMMAND, with the NAME of an --identity")
	case strings.HasPrefix(way, "http://"), strings.HasPrefix(way, "https://"):
		reach, err := f.reach()
		specs[i].Revoke = func(ctx context.Context, key, address string) error {
			return reach.PostForm(ctx, transport.Placed(way, address), url.Values{"token": {key}})
		}
		return errors.Join(err, allowed(way))
	}
	specs[i].Revoke = func(ctx context.Context, _, address string) error {
		return identity.Shell(ctx, transport.Placed(way, address)).Run()
	}
	return nil
}

// header is what opens an event stream.
func (t *target) header() http.Header {
	return protocol.HeaderOf(slices.Concat(t.headers, t.clients.Default().Shown().Headers))
}
