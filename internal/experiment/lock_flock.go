//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package experiment

import (
	"errors"
	"os"
	"syscall"
)

// lockDir reserves a directory for this process until the returned function is
// called or the process ends, however it ends. It reports whether another process
// holds it; a file system that cannot lock directories guards nothing.
func lockDir(dir string) (unlock func(), busy bool) {
	d, err := os.Open(dir)
	if err != nil {
		return func() {}, false
	}
	err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		d.Close()
		return nil, true
	}
	return func() { d.Close() }, false
}
