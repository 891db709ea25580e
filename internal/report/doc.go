// Package report turns records into what people and other programs read.
package report
