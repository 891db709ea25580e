package record

// Study is how a server bears more and more calls. What could not be measured is left out.
type Study struct {
	// Level is how long each level lasted, in seconds. Short: that is too few deadlines to
	// see a queue that grows slowly.
	Level float64 `json:"level_s"`
	Short bool    `json:"short,omitempty"`
	// Processors is how many the machine has that sent the load.
	Processors int `json:"processors,omitempty"`
	// Ladder are the closed loads, the fewest clients first; Levels the open ones, the
	// lowest rate first, each as often as it was tried.
	Ladder []Level `json:"ladder"`
	Levels []Level `json:"levels,omitempty"`
	// Capacity is the highest rate at which calls were answered on the ladder. Parallel is
	// how many calls it takes for that, by Little's law: the capacity times the time that
	// a call takes alone.
	Capacity float64 `json:"capacity_per_s,omitempty"`
	Parallel float64 `json:"parallel,omitempty"`
	// Knee is the highest rate at which all but few calls are served in time.
	Knee *Knee `json:"knee,omitempty"`
	// LatencyKnee is the first rate at which the response time at 90 % is more than twice
	// what it is at the lowest rate.
	LatencyKnee float64 `json:"latency_knee_per_s,omitempty"`
	// Overload is a load of twice the knee; Retention is its goodput by the highest of the
	// open loads.
	Overload  *Level   `json:"overload,omitempty"`
	Retention *float64 `json:"retention,omitempty"`
	// Isolation is what a client of few calls saw of that, on a session of its own and on
	// the same.
	Isolation []Isolation `json:"isolation,omitempty"`
	// Drained is the longest time that the server needed after a level to answer as before.
	Drained float64 `json:"drained_s"`
	// Verdict is one word for all that, "" where none fits; Why are its figures.
	Verdict string `json:"verdict,omitempty"`
	Why     string `json:"why"`
}

// Knee lies between a rate that was borne and the first that was not, 0 where all were, or no
// higher one could be sent as it should.
type Knee struct {
	Borne float64 `json:"borne_per_s"`
	Not   float64 `json:"not_borne_per_s,omitempty"`
}

// Level is one load of a study.
type Level struct {
	// Clients is how many it was of where it was closed.
	Clients int     `json:"clients,omitempty"`
	Offered float64 `json:"offered_per_s"`
	// Goodput is of calls that were served in time, Answered also of those that were late.
	Goodput  float64     `json:"goodput_per_s"`
	Answered float64     `json:"answered_per_s"`
	Calls    int64       `json:"calls"`
	Yield    float64     `json:"yield"`
	Classes  []LoadClass `json:"classes"`
	Response Times       `json:"response"`
	Service  Times       `json:"service"`
	// Fairness is Jain's index over the clients of a closed load: 1 where all were served
	// alike.
	Fairness float64 `json:"fairness,omitempty"`
	// Busy is how many processors the load itself kept busy, in the mean, and a server in the
	// same process with it.
	Busy float64 `json:"load_processors,omitempty"`
	// Limited says why the level tells of the generator, "" where it does not.
	Limited string `json:"generator_limited,omitempty"`
}

// Isolation is what an overload of others, or slow others, did to a client.
type Isolation struct {
	// Session says whether it shares theirs, "" where it does not.
	Session string `json:"session,omitempty"`
	// Before and During are its calls before and during that.
	Before Seen `json:"before"`
	During Seen `json:"during"`
	// Index is 1 where it was not affected, 0 where it got nothing.
	Index float64 `json:"index"`
	// Recovery is how long after the overload its calls were as before, in seconds; nil if
	// they were not while that was watched.
	Recovery *float64 `json:"recovery_s"`
	// Abandoned is the part of that in which nobody waited any more for anything else: the
	// server was at work on calls that had been given up.
	Abandoned *float64 `json:"abandoned_s,omitempty"`
	// Watched is for how long that was.
	Watched float64 `json:"watched_s"`
	// Factor is the recovery by the time that the work takes which was left; nil where
	// there was none.
	Factor *float64 `json:"recovery_factor,omitempty"`
}

// SlowClients are clients of a kind that hold a connection each and do next to nothing on it,
// and what that did to another.
type SlowClients struct {
	Kind    string `json:"kind"`
	Clients int    `json:"clients"`
	// Dropped counts the connections that the server ended before the client did, Refused
	// those that it did not take.
	Dropped   int64     `json:"dropped"`
	Refused   int64     `json:"refused"`
	Isolation Isolation `json:"isolation"`
}

// Seen is what a client saw.
type Seen struct {
	Calls    int64   `json:"calls"`
	OK       float64 `json:"ok_share"`
	Response Times   `json:"response"`
}
