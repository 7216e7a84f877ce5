package units

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/symvi/symvi/internal/files"
)

// lockPath is where the lock of a unit's file is.
func lockPath(path string) string { return path + ".lock" }

// TryLock makes the file at path and locks it until unlock is called or the process ends,
// however it ends; busy is true if another holder has it. A file system that has no locks
// guards nothing. unlock removes the file where the system lets it.
func TryLock(path string) (unlock func(), busy bool, err error) {
	for {
		lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
		ok, err := lock.TryLock()
		switch {
		case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK):
			os.Remove(path)
			return func() {}, false, nil
		case err != nil:
			return nil, false, fmt.Errorf("%s: cannot lock: %w", path, files.Cause(err))
		case !ok:
			return nil, true, nil
		case current(lock):
			return sync.OnceFunc(func() {
				os.Remove(path) // first: who opens it afterwards makes another
				lock.Unlock()
			}), false, nil
		}
		lock.Unlock() // of a file that its holder has removed since it was opened
	}
}

// current reports whether a locked file is still the one at its path.
func current(lock *flock.Flock) bool {
	mine, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(mine, there)
}
