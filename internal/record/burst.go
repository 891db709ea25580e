package record

// Burst is what became of many calls at once, again and again.
type Burst struct {
	Size  int `json:"size"`
	Times int `json:"times"`
	// Skew is from the first call of a burst to the last, First and Last are when the first
	// and the last answer came.
	Skew  Middle `json:"skew"`
	First Middle `json:"first_answer"`
	Last  Middle `json:"last_answer"`
	// Overlap is the share of the calls that were out before the first answer, in the mean;
	// Together counts the bursts of which all were.
	Overlap  float64 `json:"overlap"`
	Together int     `json:"together"`
	// Peak is how many calls were in flight at once at most.
	Peak    int         `json:"peak_in_flight"`
	Classes []LoadClass `json:"classes"`
}

// Middle is the shortest of some durations, their median and the longest, in milliseconds.
type Middle struct {
	Min    float64 `json:"ms_min"`
	Median float64 `json:"ms_median"`
	Max    float64 `json:"ms_max"`
}
