// Package corpus keeps found Cases on disk: load, add, de-duplicate by
// signature.
package corpus
