package identity

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Ring holds the clients of a run with their keys, the one that is used by default
// first. It is safe for concurrent use; a nil Ring is of no clients.
type Ring struct {
	clients []*client
	// learn is told of every text that must not be written, as soon as there is one.
	learn func(name string, texts []string)
}

// client is one client and its key at the moment.
type client struct {
	Spec
	mu   sync.Mutex
	key  string
	past []string
	// asked is how often the key at the moment was asked for again in vain.
	asked int
	// revoked: what is refused is refused for good.
	revoked bool
}

// NewRing asks for the key of each client. Learn is told of every key, and of every
// bad one that is made of it, before it is used.
func NewRing(ctx context.Context, specs []Spec, learn func(name string, texts []string)) (*Ring, error) {
	r := &Ring{learn: learn}
	for _, s := range specs {
		if r.find(s.Name) >= 0 {
			return nil, fmt.Errorf("the identity %s is given twice", s.Name)
		}
		key, err := s.ask(ctx)
		if err != nil {
			return nil, err
		}
		c := &client{Spec: s}
		r.clients = append(r.clients, c)
		r.take(c, key)
	}
	return r, nil
}

// take makes a key that of a client.
func (r *Ring) take(c *client, key string) {
	r.learn(c.Name, append(derived(key), key))
	c.key, c.asked, c.past = key, 0, append(c.past, key)
}

// Len is how many clients there are.
func (r *Ring) Len() int {
	if r == nil {
		return 0
	}
	return len(r.clients)
}

// Keys are all keys that were ever held, which are secrets.
func (r *Ring) Keys() []string {
	if r == nil {
		return nil
	}
	var keys []string
	for _, c := range r.clients {
		c.mu.Lock()
		keys = append(keys, c.past...)
		c.mu.Unlock()
	}
	return keys
}

func (r *Ring) find(name string) int {
	return slices.IndexFunc(r.clients, func(c *client) bool { return c.Name == name })
}

// Who is a client as it shows itself: with its key, with a bad one that is made of it,
// or with none. The zero Who shows nothing and hides nothing.
type Who struct {
	client *client
	form   Form
	none   bool
}

// Default is the client that is meant where none is named.
func (r *Ring) Default() Who {
	if r.Len() == 0 {
		return Who{}
	}
	return Who{client: r.clients[0]}
}

// IsDefault reports whether a client is that one, with its good key.
func (r *Ring) IsDefault(w Who) bool {
	return r.Len() > 0 && w.client == r.clients[0] && w.form.show == nil
}

// Of is the client that a step names: none, or NAME or its place (1, 2, ...), and
// behind a colon the form of a bad key. It is an error that names what is missing
// where there is no such client, or its key has no such form.
func (r *Ring) Of(as string) (Who, error) {
	if as == None {
		return Who{none: true}, nil
	}
	who, form, isBad := strings.Cut(as, ":")
	i := place(who) - 1
	if i < 0 && r != nil {
		i = r.find(who)
	}
	if i < 0 || i >= r.Len() {
		return Who{}, fmt.Errorf("needs the identity %q, of which no key was given", who)
	}
	w := Who{client: r.clients[i]}
	if !isBad {
		return w, nil
	}
	var known bool
	if w.form, known = formOf(form); !known {
		return Who{}, fmt.Errorf("needs the form %q of a key, and there is no such form", form)
	}
	if _, can := w.form.show(w.Key()); !can {
		return Who{}, fmt.Errorf("needs a key %s, which cannot be made of the one of %s", w.form.Doc, w.client.Name)
	}
	return w, nil
}

// place is which client a number names, 0 for what is no number.
func place(who string) int {
	n, err := strconv.Atoi(who)
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// Needs is how many clients there must be for one that a step names by its place.
func Needs(as string) int {
	if as == None {
		return 1
	}
	who, _, _ := strings.Cut(as, ":")
	return place(who)
}

// Key is the key of the client at the moment, "" for none; it is a secret.
func (w Who) Key() string {
	if w.client == nil {
		return ""
	}
	w.client.mu.Lock()
	defer w.client.mu.Unlock()
	return w.client.key
}

// Revoked reports whether the key of the client was revoked.
func (w Who) Revoked() bool {
	if w.client == nil {
		return false
	}
	w.client.mu.Lock()
	defer w.client.mu.Unlock()
	return w.client.revoked
}

// Shown is what the client shows at the moment.
func (w Who) Shown() Shown {
	switch {
	case w.none:
		return Shown{Headers: []string{"Authorization:"}}
	case w.client == nil:
		return Shown{}
	case w.form.show == nil:
		return bearer(w.Key())
	}
	shown, _ := w.form.show(w.Key())
	return shown
}

// Revocable are the names of the clients whose keys can be revoked, the one that is
// used by default last, since nothing can be done behind that.
func (r *Ring) Revocable() []string {
	if r == nil {
		return nil
	}
	var names []string
	for i := len(r.clients) - 1; i >= 0; i-- {
		if r.clients[i].Spec.Revoke != nil {
			names = append(names, r.clients[i].Name)
		}
	}
	return names
}

// Names are the names of all clients.
func (r *Ring) Names() []string {
	if r == nil {
		return nil
	}
	var names []string
	for _, c := range r.clients {
		names = append(names, c.Name)
	}
	return names
}

// Revoke makes the key of a client one that is no more, with a server that listens at an
// address, and is asked for no other. Without a name the default one is meant.
func (r *Ring) Revoke(ctx context.Context, name, address string) error {
	w, err := r.Default(), error(nil)
	if name != "" {
		w, err = r.Of(name)
	}
	switch {
	case err != nil:
		return err
	case w.client == nil || w.client.Spec.Revoke == nil:
		if w.client != nil {
			name = w.client.Name
		}
		return fmt.Errorf("needs a way to revoke the key of %q, and none was given", name)
	}
	w.client.mu.Lock()
	w.client.revoked = true
	w.client.mu.Unlock()
	if err := w.client.Spec.Revoke(ctx, w.Key(), address); err != nil {
		return fmt.Errorf("revoke the key of %s: %w", name, err)
	}
	return nil
}

// maxAsked is how often a key is asked for again that stays the same.
const maxAsked = 3

// Renew asks for the key of a client again, where it can be, and reports whether it
// is another than the one that was refused. Who asks at once gets one answer.
func (r *Ring) Renew(ctx context.Context, w Who, refused string) bool {
	c := w.client
	if c == nil || w.form.show != nil || !c.Renewable {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revoked || c.key != refused {
		return !c.revoked
	}
	if c.asked++; c.asked > maxAsked {
		return false
	}
	// Where there is no other, the refusal stands.
	key, err := c.ask(ctx)
	if err != nil || key == refused {
		return false
	}
	r.take(c, key)
	return true
}
