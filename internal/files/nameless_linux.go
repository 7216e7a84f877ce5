package files

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// nameless opens a file in a directory that has no name, and so vanishes with its process unless
// link gives it one. It returns nil where the file system has no such files.
func nameless(dir string) *os.File {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o666)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(fd), dir)
}

// link gives a nameless file a name, which must be free.
var link = func(f *os.File, name string) error {
	return unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", f.Fd()), unix.AT_FDCWD, name,
		unix.AT_SYMLINK_FOLLOW)
}
