package refserver

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// anyPath is the name of a file as the guard of the root does not let it be given: it
// may be a path.
func anyPath() param {
	p := exportName()
	p.pattern, p.max = nil, maxPath
	return p
}

// maxPath is how long a path may be.
const maxPath = 2000

// exportAnywhere is what the guard of the root prevents: the name is joined to the root,
// and leads where it leads.
func (b *notebook) exportAnywhere(n note, name string) error {
	if err := os.WriteFile(filepath.Join(b.root.Name(), name+".txt"), n.file(), 0o644); err != nil {
		return errNotExported
	}
	return nil
}

// link is a parameter that the inward guard does not let be: an address that is
// called.
func link() param {
	return param{name: "link", doc: "The address of the page that the note is about.", kind: kindString, max: maxPath}
}

// callTime bounds a call.
const callTime = time.Second

// call calls an address, as a preview of it would be made. Even so it is one of this
// machine, so that nobody is harmed.
func call(address string) {
	u, err := url.Parse(address)
	if err != nil || !net.ParseIP(u.Hostname()).IsLoopback() {
		return
	}
	client := http.Client{Timeout: callTime}
	if response, err := client.Get(u.String()); err == nil {
		response.Body.Close()
	}
}

// Notifier is the program that tells people of notes where the guard of operands is off.
const Notifier = "notes-notify"

// recipient is a parameter that the guard of operands does not let be: it is handed to a
// program.
func recipient() param {
	return param{name: "notify", doc: "Whom to tell of the note.", kind: kindString, max: maxPath}
}

// notify starts a program with the words of a text, as who joins a command line does: each
// may be an option. A text that is one operand would stand whole behind "--".
func notify(text string) {
	if text == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	_ = exec.CommandContext(ctx, Notifier, strings.Fields(text)...).Run() // the note is there either way
}
