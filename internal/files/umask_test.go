//go:build unix

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// Files get the permissions that the user's umask asks for.
func TestUmask(t *testing.T) {
	for _, mask := range []int{0o022, 0o077, 0o002} {
		old := syscall.Umask(mask)
		path := filepath.Join(t.TempDir(), "file")
		err := Write(path, nil)
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		info := must.Get(os.Stat(path))(t)
		if got, want := info.Mode().Perm(), os.FileMode(0o666&^mask); got != want {
			t.Errorf("umask %o: permissions %o, want %o", mask, got, want)
		}
	}
}
