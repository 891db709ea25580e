// Package identity holds the keys that a run is given, and makes bad ones of them.
package identity
