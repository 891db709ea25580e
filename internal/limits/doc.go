// Package limits finds how often a server lets itself be called, for whom it counts, and
// how it says that it is enough.
package limits
