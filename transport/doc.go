// Package transport gets bytes to a server and what came back from it: over
// stdio, HTTP, in memory or any io.ReadWriteCloser, with exact timing and the
// state of the process. It knows nothing of JSON.
package transport
