package refserver

import (
	"encoding/json"
	"fmt"
	"strings"
)

// arguments are those of a call. Its readers take what is there, of whatever
// type: without the guards nothing has been checked.
type arguments map[string]any

func (a arguments) has(name string) bool { _, ok := a[name]; return ok }

func (a arguments) text(name string) string {
	switch v := a[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (a arguments) integer(name string, otherwise int) int {
	f, err := json.Number(strings.TrimSpace(a.text(name))).Float64()
	if err != nil {
		return otherwise
	}
	return int(f)
}

func (a arguments) texts(name string) []string {
	list := []string{}
	items, _ := a[name].([]any)
	for _, item := range items {
		list = append(list, fmt.Sprint(item))
	}
	return list
}

func (a arguments) object(name string) arguments {
	m, _ := a[name].(map[string]any)
	return m
}
