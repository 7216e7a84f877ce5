package files

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/symvi/symvi/internal/must"
)

// A file that is being written cannot be seen, so that a killed process leaves none; where the
// system forbids to name it, it is copied.
func TestNameless(t *testing.T) {
	dir := t.TempDir()
	if f := nameless(dir); f == nil {
		t.Skip("the file system has no nameless files")
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	allowed := link
	defer func() { link = allowed }()
	for _, forbidden := range []error{nil, unix.EPERM} {
		if forbidden != nil {
			link = func(*os.File, string) error { return forbidden }
		}
		path := filepath.Join(dir, "file")
		p := must.Get(Create(path))(t)
		_, errWrite := p.Write([]byte("text"))
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("forbidden: %v: %v is there (%v) while the file is written", forbidden, entries, err)
		}
		if err := errors.Join(errWrite, p.Commit()); err != nil {
			t.Fatalf("forbidden: %v: %v", forbidden, err)
		}
		p.Discard()
		text, err := os.ReadFile(path)
		if err != nil || string(text) != "text" {
			t.Errorf("forbidden: %v: read %q (%v)", forbidden, text, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("forbidden: %v: the directory holds %v (%v), want the file alone", forbidden,
				entries, err)
		}
		must.Do(t, os.Remove(path))
	}
}
