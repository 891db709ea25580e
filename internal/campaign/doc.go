// Package campaign is the loop: learn, deal, execute, judge, confirm, shrink,
// save.
package campaign
