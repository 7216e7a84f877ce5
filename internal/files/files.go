// Package files writes files whole or not at all, and adds to the end of others.
package files

import (
	"errors"
	"fmt"
	"io"
	"math"
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

// Append adds data to the end of a file that is there, and syncs it. What it cannot add whole it
// takes away again; a process that is killed may leave a part.
func Append(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return cannotWrite(path, err)
	}
	err = appendTo(f, data)
	if err := errors.Join(err, f.Close()); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

func appendTo(f *os.File, data []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		f.Truncate(info.Size())
	}
	return err
}

// Pending is a file that is being written without a name, where the system has such files, or
// under a temporary one in the directory where Commit will make it appear. Its permissions are
// what the umask allows.
type Pending struct {
	file *os.File
	path string
	temp string // "" while it has no name
	done bool
}

// Create begins a file. Discard must be called in the end; after Commit it does nothing.
func Create(path string) (*Pending, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, cannotWrite(path, errNoFile) // Commit would put a file in the place of a device
	}
	p := &Pending{file: nameless(filepath.Dir(path)), path: path}
	if p.file != nil {
		return p, nil
	}
	var err error
	if p.file, err = p.named(); err != nil {
		return nil, cannotWrite(path, err)
	}
	return p, nil
}

// errNoFile refuses to replace a directory, a device or a pipe.
var errNoFile = errors.New("there is something that is no file, and a file would take its place")

// named opens a file under a temporary name.
func (p *Pending) named() (f *os.File, err error) {
	err = p.try(func(name string) (err error) {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	return f, err
}

// try makes something under a temporary name that is free.
func (p *Pending) try(make func(name string) error) error {
	err := os.ErrExist
	for range 1000 { // another process may hold the same random name
		name := filepath.Join(filepath.Dir(p.path),
			fmt.Sprintf("%s%d", TempPrefix(p.path), rand.Uint64()))
		if err = make(name); err == nil {
			p.temp = name
			pending.Store(name, true)
			return nil
		}
		if !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return err
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
	err := p.file.Sync() // before a nameless file gets a name, which a kill could leave
	if err == nil && p.temp == "" {
		err = p.name()
	}
	if err := errors.Join(err, p.file.Close()); err != nil {
		return cannotWrite(p.path, err)
	}
	if err := os.Rename(p.temp, p.path); err != nil {
		return cannotWrite(p.path, err)
	}
	p.done = true
	pending.Delete(p.temp)
	SyncDir(filepath.Dir(p.path))
	return nil
}

// name gives a nameless file a temporary name, or copies it where the system forbids that.
func (p *Pending) name() error {
	if p.try(func(name string) error { return link(p.file, name) }) == nil {
		return nil
	}
	f, err := p.named()
	if err != nil {
		return err
	}
	from := p.file
	defer from.Close()
	p.file = f
	_, err = io.Copy(f, io.NewSectionReader(from, 0, math.MaxInt64))
	return errors.Join(err, f.Sync())
}

// Discard removes what was written, unless it was committed.
func (p *Pending) Discard() {
	if p.done {
		return
	}
	p.file.Close()
	if p.temp != "" {
		os.Remove(p.temp)
		pending.Delete(p.temp)
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
