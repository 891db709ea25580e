package refserver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// slips are what a client gets with a question, and brings back with the answer: each
// is signed, of one call of one client, and good once and for a while. It is safe for concurrent use.
type slips struct {
	key [sha256.Size]byte
	mu  sync.Mutex
	// used are those that were brought back, until they would be too old anyway.
	used map[string]time.Time
}

// slipLife is how long a slip is good.
const slipLife = 5 * time.Minute

// slipSize is the size of what a slip is told by: when it was given, and a random part.
const slipSize = 16

func newSlips() *slips {
	s := &slips{used: map[string]time.Time{}}
	_, _ = rand.Read(s.key[:]) // it never fails
	return s
}

// give makes a slip for a client's call of a tool.
func (s *slips) give(client, tool string, a arguments, now time.Time) string {
	var mark [slipSize]byte
	binary.BigEndian.PutUint64(mark[:], uint64(now.UnixNano()))
	_, _ = rand.Read(mark[8:]) // it never fails
	encode := base64.RawURLEncoding.EncodeToString
	return encode(mark[:]) + "." + encode(s.sign(mark[:], client, tool, a))
}

// redeem reports whether a slip was given for a client's call of a tool, and uses it up.
func (s *slips) redeem(slip, client, tool string, a arguments, now time.Time) bool {
	head, tail, _ := strings.Cut(slip, ".")
	mark, err := base64.RawURLEncoding.Strict().DecodeString(head)
	if err != nil || len(mark) != slipSize {
		return false
	}
	signed, err := base64.RawURLEncoding.Strict().DecodeString(tail)
	if err != nil || !hmac.Equal(signed, s.sign(mark, client, tool, a)) {
		return false
	}
	given := time.Unix(0, int64(binary.BigEndian.Uint64(mark)))
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, at := range s.used {
		if now.Sub(at) > slipLife {
			delete(s.used, old)
		}
	}
	if _, used := s.used[head]; used || now.Sub(given) > slipLife {
		return false
	}
	s.used[head] = given
	return true
}

func (s *slips) sign(mark []byte, client, tool string, a arguments) []byte {
	call, _ := json.Marshal([]any{client, tool, a}) // it was read from JSON
	h := hmac.New(sha256.New, s.key[:])
	h.Write(mark)
	h.Write(call)
	return h.Sum(nil)
}
