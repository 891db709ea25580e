package transport

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// readEvents hands every event of a text/event-stream that holds data to put, with
// its type, and at the end a frame that says so (HTML Living Standard, section 9.2).
func readEvents(r io.Reader, limit int64, put func(event string, f Frame)) {
	c := &clocked{r: r}
	e := eventReader{limit: limit, put: put, event: Gather{Limit: limit}}
	lines := bufio.NewReaderSize(c, 64<<10)
	for {
		chunk, err := lines.ReadSlice('\n')
		e.chunk(chunk, c.at)
		if err == nil || err == bufio.ErrBufferFull {
			continue
		}
		last := Frame{Last: true, At: time.Now()}
		if err != io.EOF {
			last.Err = err
		} else {
			last.Resume, last.Retry = e.id, e.retry
		}
		// An event that the end cut off is not dispatched, but it was seen.
		if e.has && e.event.size > 0 {
			torn := e.event.Frame(0, c.at)
			torn.Torn = true
			put(e.name, torn)
		}
		put("", last)
		return
	}
}

// eventReader puts the lines of an event stream together.
type eventReader struct {
	limit int64
	put   func(string, Frame)
	event Gather
	// name is the type of the event, "" where none was given.
	name string
	// has: the event has a data field. inData, inOther: the rest of a long
	// line is under way.
	has, inData, inOther bool
	// id and retry are those that were given last.
	id    string
	retry time.Duration
}

var (
	dataField  = []byte("data:")
	eventField = []byte("event:")
	idField    = []byte("id:")
	retryField = []byte("retry:")
)

// chunk takes a line or, where it is long, a part of it.
func (e *eventReader) chunk(p []byte, at time.Time) {
	whole := bytes.HasSuffix(p, []byte("\n"))
	p = bytes.TrimSuffix(bytes.TrimSuffix(p, []byte("\n")), []byte("\r"))
	switch {
	case e.inData:
		e.event.Add(p)
	case e.inOther:
	case len(p) == 0 && whole:
		e.dispatch(at)
		return
	case bytes.HasPrefix(p, dataField):
		p = bytes.TrimPrefix(p[len(dataField):], []byte(" "))
		if e.has {
			e.event.Add([]byte("\n"))
		}
		e.has, e.inData = true, true
		e.event.Add(p)
	default:
		e.other(p, whole)
	}
	if whole {
		e.inData, e.inOther = false, false
	}
}

// other takes a field that holds no data.
func (e *eventReader) other(p []byte, whole bool) {
	e.inOther = true
	if !whole {
		return
	}
	value := func(field []byte) string { return string(bytes.TrimPrefix(p[len(field):], []byte(" "))) }
	switch {
	case bytes.HasPrefix(p, eventField):
		e.name = value(eventField)
	case bytes.HasPrefix(p, idField):
		e.id = value(idField)
	case bytes.HasPrefix(p, retryField):
		if ms, err := strconv.Atoi(value(retryField)); err == nil && ms >= 0 {
			e.retry = time.Duration(ms) * time.Millisecond
		}
	}
}

func (e *eventReader) dispatch(at time.Time) {
	if e.has && e.event.size > 0 {
		e.put(e.name, e.event.Frame(0, at))
	}
	e.has, e.name, e.event = false, "", Gather{Limit: e.limit}
}

// BodyFrames splits a whole HTTP body into its frames: the events of an event
// stream, or the body itself.
func BodyFrames(header http.Header, body []byte) []Frame {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if kind != "text/event-stream" {
		return []Frame{{Of: -1, Bytes: body, Size: int64(len(body)), Last: true}}
	}
	var frames []Frame
	readEvents(bytes.NewReader(body), int64(len(body))+1, func(_ string, f Frame) { frames = append(frames, f) })
	return frames
}
