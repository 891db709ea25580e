package loadgen

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

func TestCallsOverTLS(t *testing.T) {
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 || r.URL.RequestURI() != "/mcp?a=b" || r.Header.Get("X-Key") != "k" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		if user, password, _ := r.BasicAuth(); user != "me" || password != "hidden" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	at, err := url.Parse(web.URL + "/mcp?a=b#part")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dialerOf(at, &tls.Config{RootCAs: roots})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	at.User = url.UserPassword("me", "hidden")
	head, err := headOf(http.MethodPost, at, http.Header{"X-Key": {"k"}, "X-None": nil}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(append(head, "hello"...)); err != nil {
		t.Fatal(err)
	}
	if h, body, err := response(conn); err != nil || h.status != 200 || body != "hello" {
		t.Errorf("status %d, body %q, error %v", h.status, body, err)
	}
	if _, err := dialerOf(at, new(tls.Config))(t.Context()); err == nil {
		t.Error("a certificate that nobody vouches for is taken")
	}
	if _, err := headOf(http.MethodPost, at, http.Header{"X-Key": {"k\r\nX-Other: v"}}, 5); err == nil {
		t.Error("a header with a line break is sent")
	}
}
