//go:build unix

package loadgen

import (
	"fmt"
	"syscall"
)

// spareFiles are those that a program has open for other things.
const spareFiles = 64

// enoughFiles reports an error where a program may not open so many connections.
func enoughFiles(connections float64) error {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || connections+spareFiles <= float64(limit.Cur) {
		return nil
	}
	return fmt.Errorf("the load may need %.0f connections, and a program may open %d files here; raise that with ulimit -n, or lower --connections, --agents or --fan-out", connections, limit.Cur)
}
