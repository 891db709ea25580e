package refserver_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/mcpfuzz/mcpfuzz/internal/refserver"
)

// What a caller names stays one part of the address that the backend is asked at.
func TestReferencesStayInTheirPlace(t *testing.T) {
	var asked []string
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.RequestURI)
	}))
	defer backend.Close()
	call := caller(t, refserver.Options{Backend: backend.URL})
	for _, ref := range []string{"7", "../users", "7?all=1", ".", "..", "..."} {
		call("create_note", "{}", `"arguments":{"title":"A","ref":"`+ref+`"}`)
	}
	want := []string{"/api/items/7", "/api/items/..%2Fusers", "/api/items/7%3Fall=1", "/api/items/..."}
	if !slices.Equal(asked, want) {
		t.Errorf("the backend was asked at %q, want %q", asked, want)
	}
}
