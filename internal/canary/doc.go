// Package canary plants harmless files, and listens on the loopback, to see whether a server goes where it must not.
package canary
