//go:build !linux

package loadgen

import "time"

func fine() {}

func sleep(nanoseconds int64) { time.Sleep(time.Duration(nanoseconds)) }
