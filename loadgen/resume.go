package loadgen

import "time"

// resume asks for the rest of event streams that end between two events, before the
// answer, until that has come (MCP 2025-11-25, transports, resumability). How and closes
// are those of the last response.
func (c *conn) resume(how ending, closes bool) (ending, bool) {
	for how == endingUnset {
		event, after, ok := c.judge.unfinished()
		if !ok {
			break
		}
		if !c.pause(after) || !c.ask(event, closes) {
			return endedByPeer, true
		}
		first := c.judge.head
		if how, closes = c.read(nil); c.judge.head.status != first.status {
			// The rest cannot be had, and the stream has ended.
			c.judge.respond(first)
			return endedByPeer, true
		}
	}
	return how, closes
}

// pause waits that long, but not beyond the time of the call.
func (c *conn) pause(d time.Duration) bool {
	left := time.Duration(c.expires.Load()) - c.now()
	timer := time.NewTimer(min(d, max(left, 0)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// ask asks for what follows an event, on a connection of its own where the last one is
// closed, and reports whether it could.
func (c *conn) ask(event string, closed bool) bool {
	request, err := c.rest(event)
	if err != nil {
		return false
	}
	if closed {
		c.mu.Lock()
		c.hangUp()
		c.mu.Unlock()
		if c.redial() != nil {
			return false
		}
	}
	_, err = c.net.Write(request)
	return err == nil
}
