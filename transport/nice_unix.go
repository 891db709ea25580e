//go:build unix

package transport

import (
	"runtime"
	"syscall"
)

// lowestPriority is the nice value of processes that give way to all others.
const lowestPriority = 19

// Nicer is how many of n steps of nice(1) the priority of what we start can be below ours:
// fewer where ours is nearly the lowest.
func Nicer(n int) int { return max(0, min(n, lowestPriority-niceness())) }

// niceness is our own nice value.
func niceness() int {
	ours, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	switch {
	case err != nil:
		return lowestPriority // so that nothing is changed
	case runtime.GOOS == "linux":
		return 20 - ours // the system call itself returns no negative numbers (getpriority(2))
	}
	return ours
}

// niceGroup puts a process's group so many steps below ours.
func niceGroup(pid, n int) {
	if n = Nicer(n); n > 0 {
		_ = syscall.Setpriority(syscall.PRIO_PGRP, pid, niceness()+n) // it may have ended
	}
}
