//go:build !unix

package loadgen

func enoughFiles(float64) error { return nil }
