// Package files writes files whole or not at all.
package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write makes a file appear whole or not at all: under a temporary name in the
// same directory, synced, then renamed.
func Write(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), TempPrefix(path)+"*")
	if err != nil {
		return fmt.Errorf("%s: cannot write: %w", path, Cause(err))
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("%s: cannot write: %w", path, Cause(err))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	SyncDir(filepath.Dir(path))
	return nil
}

// TempPrefix begins the temporary names of a file; bnn.Checkpoint.Save uses the same.
func TempPrefix(path string) string { return "." + filepath.Base(path) + "." }

// SyncDir makes renames in a directory last through a power cut, where the system can.
func SyncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync() // not every file system can; the files themselves are synced
		d.Close()
	}
}

// Cause strips the operation and path off a file error, for messages that name the file.
func Cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
