package transport

import "time"

// Limits bounds what a target may cost us. The zero Limits are replaced by
// DefaultLimits field by field.
type Limits struct {
	// Frame is the size up to which a frame is kept whole. Of a larger one the
	// first 64 KiB and the last 512 bytes are kept; the rest is counted.
	Frame int64
	// Queue bounds the bytes of frames that wait to be received; beyond it the
	// newest are counted and dropped.
	Queue int64
	// Stderr is the size of the ring that keeps standard error.
	Stderr int
	// TargetMemory ends a process we started when its RSS, or that of a process which
	// it has started, passes so many bytes; 0 for none.
	TargetMemory int64
	// CloseGrace is how long a child has after end of input, and again after
	// the polite signal, before the next step.
	CloseGrace time.Duration
}

// DefaultLimits are the limits where none are given.
func DefaultLimits() Limits {
	return Limits{
		Frame:      4 << 20,
		Queue:      16 << 20,
		Stderr:     64 << 10,
		CloseGrace: 2 * time.Second,
	}
}

// orDefault fills what is not given.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Frame > 0 {
		d.Frame = l.Frame
	}
	if l.Queue > 0 {
		d.Queue = l.Queue
	}
	if l.Stderr > 0 {
		d.Stderr = l.Stderr
	}
	if l.CloseGrace > 0 {
		d.CloseGrace = l.CloseGrace
	}
	d.TargetMemory = l.TargetMemory
	return d
}
