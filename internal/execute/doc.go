// Package execute runs one Case over one connection, seen whole, judged by
// nobody: the Observation.
package execute
