package generators

import (
	"strings"

	"github.com/mcpfuzz/mcpfuzz/scenarios"
)

// document is a published schema with what references in it may name.
type document struct {
	root scenarios.Value
	// named are the parts that have an address or an anchor.
	named map[string]scenarios.Value
}

func readDocument(root scenarios.Value) *document {
	d := &document{root: root, named: map[string]scenarios.Value{}}
	d.collect(root)
	return d
}

func (d *document) collect(v scenarios.Value) {
	for _, m := range v.Members() {
		switch text, _ := m.Value.Text(); m.Key {
		case "$anchor", "$dynamicAnchor":
			d.named["#"+text] = v
		case "$id", "id":
			d.named[lastOf(text)] = v
		}
		d.collect(m.Value)
	}
	for _, item := range v.Items() {
		d.collect(item)
	}
}

// lastOf is the last part of an address.
func lastOf(address string) string { return address[strings.LastIndex(address, "/")+1:] }

// resolve finds what a reference names: a place in the document, or a part by
// its anchor or the end of its address.
func (d *document) resolve(ref string) (scenarios.Value, bool) {
	if ref == "#" {
		return d.root, true
	}
	if pointer, ok := strings.CutPrefix(ref, "#"); ok && strings.HasPrefix(pointer, "/") {
		return d.root.At(pointer)
	}
	v, ok := d.named[lastOf(ref)]
	return v, ok
}
