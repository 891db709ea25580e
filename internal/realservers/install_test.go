//go:build realservers

package realservers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// cacheVar names the folder where installed servers are kept; without it each
// test run installs them anew.
const cacheVar = "MCPFUZZ_REALSERVERS_CACHE"

// source installs a version of a server under a folder, unless it is there, and
// returns the folder of its program.
type source func(t *testing.T, cache, version string) string

func cache(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(cacheVar); dir != "" {
		return dir
	}
	return t.TempDir()
}

// goProgram is a program of a Go module.
func goProgram(path string) source {
	return func(t *testing.T, cache, version string) string {
		t.Helper()
		bin := filepath.Join(cache, "go", version)
		if _, err := os.Stat(filepath.Join(bin, filepath.Base(path))); err == nil {
			return bin
		}
		cmd := exec.Command("go", "install", path+"@"+version)
		// Outside our module, whose flags and versions are not those of others.
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=", "GOWORK=off")
		install(t, cmd)
		return bin
	}
}

// npmPackage is a package of a folder of npm.
func npmPackage(folder, name string) source {
	return func(t *testing.T, cache, version string) string {
		t.Helper()
		modules := npmInstall(t, cache, folder)
		pinned, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(name), "package.json"))
		if err != nil || !bytes.Contains(pinned, []byte(`"version": "`+version+`"`)) {
			t.Fatalf("%s is not installed at %s: %v", name, version, err)
		}
		return filepath.Join(modules, ".bin")
	}
}

// npmInstall installs all packages of a folder of npm, unless they are there, and
// returns the folder that they are in.
func npmInstall(t *testing.T, cache, folder string) string {
	t.Helper()
	from := filepath.Join("npm", folder)
	dir := filepath.Join(cache, "npm-"+lockDigest(t, from))
	modules := filepath.Join(dir, "node_modules")
	// npm writes this file when all else is there.
	if _, err := os.Stat(filepath.Join(modules, ".package-lock.json")); err == nil {
		return modules
	}
	for _, file := range []string{"package.json", "package-lock.json", ".npmrc"} {
		copyFile(t, filepath.Join(from, file), filepath.Join(dir, file))
	}
	// Not npm ci, which refuses a lock file for an optional package that is missing
	// there because no registry has it.
	cmd := exec.Command("npm", "install", "--ignore-scripts")
	cmd.Dir = dir
	install(t, cmd)
	return modules
}

// lockDigest names an installation by what it must hold.
func lockDigest(t *testing.T, folder string) string {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(lock)
	return hex.EncodeToString(sum[:6])
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refused are the words in which package clients say that a registry cannot be
// reached, or does not give a version out.
var refused = regexp.MustCompile(`npm error code (E40[0-9]|E5[0-9]{2}|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ETARGET|ENOVERSIONS)|` +
	`no such host|connection refused|i/o timeout|40[34] |410 Gone|50[0-9] `)

// install runs an installation. A refusal of the registry is no verdict on us.
func install(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
	case refused.Match(out):
		t.Skipf("the registry refuses it: %.600s", out)
	default:
		t.Fatalf("%v: %v: %s", cmd.Args, err, out)
	}
}
