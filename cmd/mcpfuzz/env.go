package main

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"

	"github.com/mcpfuzz/mcpfuzz/internal/record"
)

// environment is what a started server gets, and what must be kept out of
// records.
type environment struct {
	vars []string
	// secrets are values by name. inherited are those of our own variables that are
	// called like secrets: a server that shows them is not at fault, as nobody
	// planted them, but what it shows is not written.
	secrets   map[string]string
	inherited map[string]string
	headers   []string
}

// environment reads --env, --env-file, --header and --clean-env.
func (f *targetFlags) environment() (environment, error) {
	e := environment{vars: os.Environ(), secrets: map[string]string{}, inherited: inherited(os.Environ())}
	if f.cleanEnv {
		e.vars = []string{"PATH=" + os.Getenv("PATH")}
	}
	if err := e.file(f.envFile); err != nil {
		return e, err
	}
	for _, pair := range f.env {
		if name, _, given := strings.Cut(pair, "="); given {
			e.vars = append(e.vars, pair)
		} else if err := e.take(name); err != nil {
			return e, err
		}
	}
	for _, h := range f.headers {
		line, err := e.header(h)
		if err != nil {
			return e, err
		}
		e.headers = append(e.headers, line)
	}
	return e, nil
}

// inherited are the variables that are called like secrets.
func inherited(vars []string) map[string]string {
	found := map[string]string{}
	for _, pair := range vars {
		if name, value, _ := strings.Cut(pair, "="); record.IsSecretName(name) {
			found[name] = value
		}
	}
	return found
}

// hidden are all values that must not be written.
func (e environment) hidden() map[string]string {
	all := maps.Clone(e.inherited)
	maps.Copy(all, e.secrets)
	return all
}

// take hands one of our own variables on, as a secret.
func (e *environment) take(name string) error {
	value, ok := os.LookupEnv(name)
	if !ok {
		return fmt.Errorf("the environment has no %s; set it, or give --env %s=VALUE if it is no secret", name, name)
	}
	e.vars = append(e.vars, name+"="+value)
	e.secrets[name] = value
	return nil
}

// file reads KEY=VALUE lines; empty lines and lines that start with # are left
// out.
func (e *environment) file(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read --env-file: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" {
			return fmt.Errorf("%s:%d: want KEY=VALUE", path, n)
		}
		e.vars = append(e.vars, name+"="+value)
		e.secrets[name] = value
	}
	return lines.Err()
}

var (
	variable   = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // RFC 9110, section 5.6.2
)

// header puts variables of our environment into a header line.
func (e *environment) header(line string) (string, error) {
	name, _, ok := strings.Cut(line, ":")
	if !ok || !headerName.MatchString(name) {
		return "", errors.New("--header: want 'Name: value', with ${VAR} for what is secret")
	}
	var missing error
	full := variable.ReplaceAllStringFunc(line, func(m string) string {
		v := variable.FindStringSubmatch(m)[1]
		value, ok := os.LookupEnv(v)
		if !ok && missing == nil {
			missing = fmt.Errorf("--header '%s: ...': the environment has no %s; set it first", strings.TrimSpace(name), v)
		}
		if value != "" {
			e.secrets[v] = value
		}
		return value
	})
	if strings.ContainsAny(full, "\r\n\x00") {
		return "", fmt.Errorf("--header '%s: ...': the value must be one line", name)
	}
	return full, missing
}
