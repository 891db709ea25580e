package loadgen

import (
	"runtime"
	"syscall"
)

// prSetTimerSlack is PR_SET_TIMERSLACK of prctl(2): how late a sleep of this thread may
// end, in nanoseconds.
const prSetTimerSlack = 29

// fine binds the caller to a thread whose sleeps end when they should. The thread is
// not given back, so that nobody else has its slack.
func fine() {
	runtime.LockOSThread()
	// Where that is not allowed the slack stays what it was.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerSlack, 1, 0)
}

// sleep sleeps on the thread itself, past the timers of the runtime, whose resolution
// is a millisecond when nothing else is to be done.
func sleep(nanoseconds int64) {
	t := syscall.NsecToTimespec(nanoseconds)
	_ = syscall.Nanosleep(&t, nil) // an early end is slept again
}
