package reproduce

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/seal"
)

// store holds the results of finished cells: one file each, named after the cell and a
// hash of its settings, so that other settings never take one result for another and
// quick and full runs can share a directory.
type store struct{ dir string }

// record is the contents of a cell's file.
type record struct {
	Settings json.RawMessage `json:"settings"`
	Device   string          `json:"device"`
	Seconds  float64         `json:"seconds"`
	Result   json.RawMessage `json:"result"`
}

// path of the cell's file in the store.
func (c cell) path() string {
	hash := sha256.Sum256(c.settingsJSON())
	return filepath.Join("results", c.folder, c.name+"-"+hex.EncodeToString(hash[:4])+".json")
}

func (c cell) settingsJSON() []byte {
	text, err := json.Marshal(c.settings)
	if err != nil {
		panic(fmt.Sprintf("reproduce: the settings of %s: %v", c.label(), err))
	}
	return text
}

// read is the record of a finished cell; its error wraps fs.ErrNotExist for any other.
func (s store) read(c cell) (*record, error) {
	path := filepath.Join(s.dir, c.path())
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	var r record
	if _, err := seal.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to have it made again", path, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: not a result of this program: %w; delete it to have it made again", path, err)
	}
	var stored bytes.Buffer
	if err := json.Compact(&stored, r.Settings); err != nil || !bytes.Equal(stored.Bytes(), c.settingsJSON()) {
		return nil, fmt.Errorf("%s: it holds a result of other settings; delete it to have it made again", path)
	}
	return &r, nil
}

// finished reports whether the cell's file is there and readable.
func (s store) finished(c cell) (bool, error) {
	_, err := s.read(c)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// complete reports whether all cells are finished.
func (s store) complete(cells []cell) bool {
	for _, c := range cells {
		if done, err := s.finished(c); err != nil || !done {
			return false
		}
	}
	return true
}

// took is the time that the cells took, added up.
func (s store) took(cells []cell) (time.Duration, error) {
	seconds := 0.0
	for _, c := range cells {
		r, err := s.read(c)
		if err != nil {
			return 0, err
		}
		seconds += r.Seconds
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// write stores the result of a cell.
func (s store) write(c cell, device string, took time.Duration, result any) error {
	raw, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("%s: %w", c.label(), err)
	}
	text, err := json.MarshalIndent(record{c.settingsJSON(), device, took.Seconds(), raw}, "", "\t")
	if err != nil {
		return fmt.Errorf("%s: %w", c.label(), err)
	}
	path := filepath.Join(s.dir, c.path())
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("%s: cannot make the directory: %w", filepath.Dir(path), files.Cause(err))
	}
	return files.Write(path, seal.JSON(append(text, '\n')))
}

// load is the result of a finished cell.
func load[T any](s store, c cell) (T, error) {
	var result T
	r, err := s.read(c)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(r.Result, &result); err != nil {
		return result, fmt.Errorf("%s: the stored result: %w", c.label(), err)
	}
	return result, nil
}

// loadAll are the results of finished cells.
func loadAll[T any](s store, cells []cell) ([]T, error) {
	results := make([]T, len(cells))
	for i, c := range cells {
		var err error
		if results[i], err = load[T](s, c); err != nil {
			return nil, err
		}
	}
	return results, nil
}
