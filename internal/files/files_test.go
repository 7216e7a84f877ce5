package files

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"first", "second, longer", ""} {
		must.Do(t, Write(path, []byte(text)))
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("read %q (%v), want %q", got, err, text)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v (%v), want the file alone", entries, err)
	}
}

// A file that cannot be written is left as it was, and the error names it once.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	must.Do(t, os.MkdirAll(filepath.Join(taken, "full"), 0o755))
	for _, path := range []string{filepath.Join(dir, "missing", "file"), taken} {
		err := Write(path, []byte("text"))
		if err == nil || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: error %v, want one that names it once", path, err)
		}
	}
	if err := Write(filepath.Join(dir, "missing", "file"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want it to wrap fs.ErrNotExist", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v (%v), want the untouched one alone", entries, err)
	}
}

// Append adds to a file that is there, and makes none.
func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Append(path, []byte("text")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want it to wrap fs.ErrNotExist", err)
	}
	must.Do(t, Write(path, []byte("one\n")))
	before := must.Get(os.Stat(path))(t)
	must.Do(t, Append(path, []byte("two\n")))
	must.Do(t, Append(path, nil))
	if got, err := os.ReadFile(path); err != nil || string(got) != "one\ntwo\n" {
		t.Errorf("read %q (%v)", got, err)
	}
	if after := must.Get(os.Stat(path))(t); !os.SameFile(before, after) {
		t.Error("the file was replaced")
	}
}

// What is no file, such as a device, is not replaced by one, nor through a link.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Skip("no links: ", err)
	}
	for _, path := range []string{dir, link} {
		if err := Write(path, []byte("text")); !errors.Is(err, errNoFile) {
			t.Errorf("%s: error %v, want %v", path, err, errNoFile)
		}
	}
	if info, err := os.Stat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device's link is now %v (%v)", info, err)
	}
}

// A discarded file leaves nothing, and discarding a committed one keeps it.
func TestPending(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, commit := range []bool{false, true} {
		p := must.Get(Create(path))(t)
		if _, err := p.Write([]byte("text")); err != nil {
			t.Fatal(err)
		}
		if commit {
			must.Do(t, p.Commit())
		}
		p.Discard()
		entries, err := os.ReadDir(dir)
		if err != nil || (len(entries) == 1) != commit {
			t.Errorf("committed: %v, and the directory holds %v (%v)", commit, entries, err)
		}
	}
}

// Quote must be read back by a shell as the same word.
func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"runs/mnist-1": "runs/mnist-1", "": "''", "my run": "'my run'", "it's": `'it'\''s'`,
		"$HOME": "'$HOME'", "a;b": "'a;b'",
	} {
		if got := Quote(word); got != want {
			t.Errorf("Quote(%q) = %s, want %s", word, got, want)
		}
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	word := "a b'c\"d$e`f\\g\nh*~#"
	out, err := exec.Command(shell, "-c", "printf %s "+Quote(word)).Output()
	if err != nil || string(out) != word {
		t.Errorf("the shell reads %q (%v), want %q", out, err, word)
	}
}
