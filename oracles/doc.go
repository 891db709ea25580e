// Package oracles judges: from a Case and an Observation to Findings.
//
// It holds the words of judgement (Outcome, Severity, the Rules) and the
// checks. An oracle judges and never sends.
package oracles
