package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// A server may show a certificate of one's own, and ask for one.
func TestCertificatesAreReadFromFiles(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.String())
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pair := server.TLS.Certificates[0]
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := file("cert.pem", "CERTIFICATE", pair.Certificate[0]), file("key.pem", "PRIVATE KEY", secret)
	asked := func(f clientFlags) string {
		reach, err := f.reach()
		if err != nil {
			return err.Error()
		}
		conn, err := transport.HTTP(server.URL, transport.HTTPOptions{Reach: reach}).Dial(t.Context())
		if err != nil {
			return err.Error()
		}
		defer conn.Close()
		if _, err := conn.Send(t.Context(), transport.Message{}); err != nil {
			return err.Error()
		}
		frame, err := conn.Recv(context.Background())
		switch {
		case err != nil:
			return err.Error()
		case frame.Err != nil:
			return frame.Err.Error()
		}
		return string(frame.Bytes)
	}
	for want, f := range map[string]clientFlags{
		"O=Acme Co":            {caCert: cert, cert: cert, key: key},
		"certificate required": {caCert: cert},
		"unknown authority":    {cert: cert, key: key},
		"read --cert and --key: tls: found a certificate rather than a key": {cert: cert},
		"read --cacert: open none": {caCert: "none"},
	} {
		if got := asked(f); !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}
