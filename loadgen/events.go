package loadgen

import (
	"bytes"
	"strconv"
	"time"

	"github.com/mcpfuzz/mcpfuzz/transport"
)

// event puts the events of an event stream together whose bytes come in pieces, one
// after the other in the same memory (HTML Living Standard, section 9.2).
type event struct {
	data transport.Gather
	// has: the event has data. over: it was given away, so that the next starts anew.
	// used: something was taken since the reset.
	has, over, used bool
	// start is the line as far as it is not known which field it is; inData and inOther
	// say so for the rest of it.
	start           []byte
	inData, inOther bool
	// id and retry are those that were given last, the one as it is written.
	id    []byte
	retry time.Duration
}

var (
	newline    = []byte("\n")
	dataField  = []byte("data:")
	idField    = []byte("id:")
	retryField = []byte("retry:")
)

// longestID is the length up to which lines are kept that are not data.
const longestID = 1 << 10

func (e *event) reset() {
	e.data.Reset()
	e.has, e.over, e.used, e.inData, e.inOther = false, false, false, false, false
	e.start, e.id, e.retry = e.start[:0], e.id[:0], 0
}

// take takes a piece of a line, whole if the line ends with it, and reports whether an
// event is complete.
func (e *event) take(p []byte, whole bool) bool {
	e.used = true
	if whole {
		p = bytes.TrimSuffix(p, []byte("\r"))
	}
	if !e.inData && !e.inOther {
		e.start = append(e.start, p...)
		if whole {
			e.start = bytes.TrimSuffix(e.start, []byte("\r"))
		}
		// The field is told by its name, and one space behind it is no part of it; an id is
		// read when it is whole.
		isData := bytes.HasPrefix(e.start, dataField)
		if !whole && (len(e.start) <= len(dataField) || !isData && len(e.start) <= longestID) {
			return false
		}
		if len(e.start) == 0 {
			complete := e.has && e.data.Size() > 0
			e.has, e.over = false, true
			return complete
		}
		p = e.field()
	}
	if e.inData {
		e.data.Add(p)
	}
	if whole {
		e.inData, e.inOther, e.start = false, false, e.start[:0]
	}
	return false
}

// torn reports whether an event has begun that is not complete.
func (e *event) torn() bool { return e.has && e.data.Size() > 0 }

// field tells which field a line is, and returns the start of its data.
func (e *event) field() []byte {
	if !bytes.HasPrefix(e.start, dataField) {
		e.inOther = true
		e.other()
		return nil
	}
	if e.over {
		e.data.Reset()
		e.over = false
	}
	if e.has {
		e.data.Add(newline)
	}
	e.has, e.inData = true, true
	return bytes.TrimPrefix(e.start[len(dataField):], []byte(" "))
}

// other reads a line that is not data.
func (e *event) other() {
	switch {
	case bytes.HasPrefix(e.start, idField):
		e.id = append(e.id[:0], bytes.TrimPrefix(e.start[len(idField):], []byte(" "))...)
	case bytes.HasPrefix(e.start, retryField):
		ms, err := strconv.Atoi(string(bytes.TrimPrefix(e.start[len(retryField):], []byte(" "))))
		if err == nil && ms >= 0 {
			e.retry = time.Duration(ms) * time.Millisecond
		}
	}
}
