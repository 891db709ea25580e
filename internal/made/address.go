package made

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// FreeAddress is a loopback address at which nothing listens, for a made HTTP
// server to be. Its port lies below those that systems hand out by themselves,
// so that no connection takes it meanwhile. It is not tried by listening there:
// a process that is started at the same time would hold that open.
func FreeAddress() (string, error) {
	const low, high, tries = 20_000, 32_000, 100
	for range tries {
		address := fmt.Sprintf("127.0.0.1:%d", low+rand.IntN(high-low))
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return address, nil
		}
		conn.Close()
	}
	return "", errors.New("there is no free port")
}
