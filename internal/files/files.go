// Package files writes files whole or not at all.
package files

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Write makes a file appear whole or not at all.
func Write(path string, data []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// Pending is a file that is being written under a temporary name in the directory where
// Commit will make it appear. Its permissions are what the umask allows.
type Pending struct {
	file *os.File
	path string
	done bool
}

// Create begins a file. Discard must be called in the end; after Commit it does nothing.
func Create(path string) (*Pending, error) {
	for range 1000 { // another process may hold the same random name
		name := fmt.Sprintf("%s%d", TempPrefix(path), rand.Uint64())
		f, err := os.OpenFile(filepath.Join(filepath.Dir(path), name),
			os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			pending.Store(f.Name(), true)
			return &Pending{file: f, path: path}, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, cannotWrite(path, err)
		}
	}
	return nil, cannotWrite(path, os.ErrExist)
}

// Write implements io.Writer.
func (p *Pending) Write(data []byte) (int, error) {
	n, err := p.file.Write(data)
	if err != nil {
		return n, cannotWrite(p.path, err)
	}
	return n, nil
}

// Commit syncs the file and renames it into place.
func (p *Pending) Commit() error {
	if err := errors.Join(p.file.Sync(), p.file.Close()); err != nil {
		return cannotWrite(p.path, err)
	}
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return cannotWrite(p.path, err)
	}
	p.done = true
	pending.Delete(p.file.Name())
	SyncDir(filepath.Dir(p.path))
	return nil
}

// Discard removes what was written, unless it was committed.
func (p *Pending) Discard() {
	if !p.done {
		p.file.Close()
		os.Remove(p.file.Name())
		pending.Delete(p.file.Name())
	}
}

func cannotWrite(path string, err error) error {
	return fmt.Errorf("%s: cannot write: %w", path, Cause(err))
}

// TempPrefix begins the temporary names of a file.
func TempPrefix(path string) string { return "." + filepath.Base(path) + "." }

// RemoveTemporary removes what killed processes left of a file that they were writing. No other
// process may be writing it.
func RemoveTemporary(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), TempPrefix(path)) {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

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

// plain are the characters that a POSIX shell takes literally in a word.
const plain = "%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

// Quote writes a word so that a POSIX shell reads it as one, for commands that a message
// suggests.
func Quote(word string) string {
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
