// Package canary plants harmless files, listens on the loopback and stands in for programs, to see where a server goes and what it starts.
package canary
