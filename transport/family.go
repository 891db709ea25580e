package transport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// family is a process and all that it and they have started: what we start is often
// a launcher, and the server its child.
type family []*process.Process

// mostOfFamily bounds how many processes are looked at.
const mostOfFamily = 64

// alone is a process without its family.
func alone(pid int) family { return family{{Pid: int32(pid)}} }

// familyOf finds a process's family, the process first; it is empty where the process
// cannot be seen.
func familyOf(ctx context.Context, pid int) family {
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return nil
	}
	var members family
	children := map[int32]family{}
	for _, p := range all {
		if int(p.Pid) == pid {
			members = family{p}
		}
		if parent, err := p.PpidWithContext(ctx); err == nil { // else it has ended
			children[parent] = append(children[parent], p)
		}
	}
	for i := 0; i < len(members); i++ {
		next := children[members[i].Pid]
		members = append(members, next[:min(len(next), mostOfFamily-len(members))]...)
	}
	return members
}

// resident is the resident memory of the largest member, in bytes; 0 where none can
// be seen. It is no sum, since members may share their pages.
func (f family) resident(ctx context.Context) int64 {
	largest := int64(0)
	for _, p := range f {
		if m, err := p.MemoryInfoWithContext(ctx); err == nil {
			largest = max(largest, int64(m.RSS))
		}
	}
	return largest
}

// peak is the most resident memory that the largest member has held so far, in bytes,
// where the system tells; else what it holds.
func (f family) peak(ctx context.Context) int64 {
	largest := f.resident(ctx)
	for _, p := range f {
		largest = max(largest, highWater(p.Pid))
	}
	return largest
}

// highWater is what Linux keeps of a process's resident memory; 0 elsewhere.
func highWater(pid int32) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// cpu is the processor time that the members have used so far.
func (f family) cpu(ctx context.Context) time.Duration {
	var used time.Duration
	for _, p := range f {
		if t, err := p.TimesWithContext(ctx); err == nil {
			used += time.Duration((t.User + t.System) * float64(time.Second))
		}
	}
	return used
}

// sample measures the family.
func (f family) sample(ctx context.Context) (Sample, error) {
	s := Sample{RSS: f.resident(ctx), CPU: f.cpu(ctx)}
	for _, p := range f {
		if n, err := p.NumFDsWithContext(ctx); err == nil {
			s.Files += int(n)
		}
		if n, err := p.NumThreadsWithContext(ctx); err == nil {
			s.Threads += int(n)
		}
	}
	if err := ctx.Err(); err != nil {
		return Sample{}, fmt.Errorf("measure the target: %w", err)
	}
	if s.RSS == 0 {
		return Sample{}, errors.New("measure the target: its process cannot be seen")
	}
	return s, nil
}
