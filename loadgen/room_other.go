//go:build !unix

package loadgen

import "time"

// usedTime is not known here.
func usedTime() time.Duration { return 0 }
