//go:build !unix

package loadgen

import "time"

// UsedTime is the processor time that this process has used so far, which is not known here.
func UsedTime() time.Duration { return 0 }
