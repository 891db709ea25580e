package made

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Door is a way in which a made server bounds how many connections it has at once, or
// closes them.
type Door struct {
	// Name is what it is asked for by; Doc says what it does.
	Name, Doc string
	// Hang has a listener take so many connections.
	Hang func(l net.Listener, most int) net.Listener
}

// Doors returns all of them.
func Doors() []Door {
	return []Door{
		{"refusing", "Answers one too many by HTTP 503, and when to come again.", counted(false, answering("503 Service Unavailable\r\nRetry-After: 1"))},
		{"failing", "Answers one too many by HTTP 500.", counted(false, answering("500 Internal Server Error"))},
		{"hanging-up", "Closes one too many.", counted(false, func(conn net.Conn) { conn.Close() })},
		{"ignoring", "Takes one too many, and leaves it alone.", counted(false, func(net.Conn) {})},
		{"replacing", "Closes the oldest for one too many.", counted(false, nil)},
		{"refusing-each", "Answers one too many of an address by HTTP 503, and when to come again.", counted(true, answering("503 Service Unavailable\r\nRetry-After: 1"))},
		{"replacing-each", "Closes the oldest of an address for one too many of that.", counted(true, nil)},
		{"queueing", "Takes one too many when another is closed.", queueing},
		{"impatient", "Takes any number, and closes every other soon.", impatient},
	}
}

// place is a connection that was taken.
type place struct {
	net.Conn
	leave func()
}

// Close makes the place free.
func (p *place) Close() error {
	p.leave()
	return p.Conn.Close()
}

// counter is a listener that counts connections. It is safe for concurrent use.
type counter struct {
	net.Listener
	most int
	// each: those of each address apart.
	each bool
	// full does something with one too many; nil closes the oldest in its place.
	full func(net.Conn)

	mu   sync.Mutex
	open map[string][]*place
	// turned are those that were too many: what nobody holds, the collector closes.
	turned []net.Conn
}

func counted(each bool, full func(net.Conn)) func(net.Listener, int) net.Listener {
	return func(l net.Listener, most int) net.Listener {
		return &counter{Listener: l, most: most, each: each, full: full, open: map[string][]*place{}}
	}
}

// Accept takes the next one for which there is a place.
func (c *counter) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if p := c.take(conn); p != nil {
			return p, nil
		}
		c.turnAway(conn)
	}
}

func (c *counter) take(conn net.Conn) *place {
	whose := ""
	if c.each {
		whose, _, _ = net.SplitHostPort(conn.RemoteAddr().String())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open[whose]) >= c.most {
		if c.full != nil {
			return nil
		}
		c.open[whose][0].Conn.Close()
		c.open[whose] = c.open[whose][1:]
	}
	p := &place{Conn: conn}
	p.leave = func() { c.leave(whose, p) }
	c.open[whose] = append(c.open[whose], p)
	return p
}

func (c *counter) turnAway(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turned = append(c.turned, conn)
	c.full(conn)
}

// Close ends the listener, and what was turned away and left alone.
func (c *counter) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.turned {
		conn.Close()
	}
	c.turned = nil
	return c.Listener.Close()
}

func (c *counter) leave(whose string, p *place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[whose] = slices.DeleteFunc(c.open[whose], func(o *place) bool { return o == p })
}

// answering answers the first request on a connection by that status, and closes it.
func answering(head string) func(net.Conn) {
	return func(conn net.Conn) {
		go func() {
			defer conn.Close()
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 "+head+"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			}
		}()
	}
}

// queue is a listener that accepts none while there is no place.
type queue struct {
	net.Listener
	places chan struct{}
	done   chan struct{}
	once   sync.Once
}

func queueing(l net.Listener, most int) net.Listener {
	return &queue{Listener: l, places: make(chan struct{}, most), done: make(chan struct{})}
}

// Accept waits for a place, and then for a connection.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case q.places <- struct{}{}:
	case <-q.done:
		return nil, net.ErrClosed
	}
	leave := sync.OnceFunc(func() { <-q.places })
	conn, err := q.Listener.Accept()
	if err != nil {
		leave()
		return nil, err
	}
	return &place{conn, leave}, nil
}

// Close ends the waiting for a place, too.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.done) })
	return q.Listener.Close()
}

// soon is how long an impatient server keeps every other connection.
const soon = 200 * time.Millisecond

type hasty struct {
	net.Listener
	taken int
}

func impatient(l net.Listener, _ int) net.Listener { return &hasty{Listener: l} }

// Accept takes a connection, every other for a short time.
func (h *hasty) Accept() (net.Conn, error) {
	conn, err := h.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if h.taken++; h.taken%2 == 0 {
		time.AfterFunc(soon, func() { conn.Close() })
	}
	return conn, nil
}
