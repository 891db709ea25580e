//go:build !unix

package transport

import (
	"os"
	"os/exec"
)

// Process groups, and being asked politely, do not exist here.

func ownGroup(*exec.Cmd)               {}
func termGroup(p *os.Process)          { _ = p.Kill() }
func killGroup(p *os.Process)          { _ = p.Kill() }
func signalOf(*os.ProcessState) string { return "" }
