// Package generators goes from choices and a catalogue to a Case, and from a
// Case to simpler Cases.
//
// There is one generator core. It takes its decisions from a [Draw]; a seed,
// the native fuzzer's bytes and gopter are three ways to fill a Draw.
package generators
