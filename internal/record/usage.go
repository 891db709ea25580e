package record

// Used is what a target used before a load, at most, and after it.
type Used struct {
	Before Usage `json:"before"`
	Peak   Usage `json:"peak"`
	After  Usage `json:"after"`
	// Gone: there was no process any more after the load.
	Gone bool `json:"gone,omitempty"`
}

// Usage is what a target uses: processor time in seconds so far, resident memory in bytes,
// open files and threads.
type Usage struct {
	CPU     float64 `json:"cpu_s"`
	RSS     int64   `json:"rss"`
	Files   int     `json:"files"`
	Threads int     `json:"threads"`
}

// Or is the most of each.
func (u Usage) Or(v Usage) Usage {
	return Usage{CPU: max(u.CPU, v.CPU), RSS: max(u.RSS, v.RSS), Files: max(u.Files, v.Files), Threads: max(u.Threads, v.Threads)}
}

// leakFrom is how much more there is after a load where something may leak.
const leakFrom = 1.1

// Grown reports which of a target's means are more than a tenth above what they were
// before the load.
func (u Used) Grown() (rss, files, threads bool) {
	if u.Gone {
		return false, false, false
	}
	grown := func(before, after float64) bool { return after > leakFrom*before }
	return grown(float64(u.Before.RSS), float64(u.After.RSS)), grown(float64(u.Before.Files), float64(u.After.Files)),
		grown(float64(u.Before.Threads), float64(u.After.Threads))
}

// Sessions are many that were opened and ended, one after the other.
type Sessions struct {
	Opened int `json:"opened"`
	// Failed counts those that could not be had.
	Failed int `json:"failed"`
	// Used is what the target used before and after, and Kept how many bytes of memory it kept
	// of each; nil where that is not known.
	Used *Used    `json:"used,omitempty"`
	Kept *float64 `json:"kept_bytes,omitempty"`
}
