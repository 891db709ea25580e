//go:build unix

package loadgen

import (
	"syscall"
	"time"
)

// UsedTime is the processor time that this process has used so far, 0 where the system does
// not tell.
func UsedTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
