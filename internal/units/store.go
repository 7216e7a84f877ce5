package units

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

// Store holds the results of finished units: one sealed file each, named after the unit and a
// hash of its settings, so that other settings never take one result for another and work with
// other settings can share the directory.
type Store struct{ Dir string }

// Unit is an independent piece of work.
type Unit struct {
	// Folder and Name say what it is; they are the names of its file too.
	Folder, Name string
	// Settings are all that decides the result, as JSON can hold it.
	Settings any
}

// Label is the unit's name for people.
func (u Unit) Label() string { return u.Folder + " " + u.Name }

// Record is the contents of a unit's file.
type Record struct {
	Settings json.RawMessage `json:"settings"`
	// Device that did the work, and how long it took.
	Device  string          `json:"device"`
	Seconds float64         `json:"seconds"`
	Result  json.RawMessage `json:"result"`
}

// Path of the unit's file.
func (s Store) Path(u Unit) string {
	hash := sha256.Sum256(u.settingsJSON())
	return filepath.Join(s.Dir, u.Folder, u.Name+"-"+hex.EncodeToString(hash[:4])+".json")
}

func (u Unit) settingsJSON() []byte {
	text, err := json.Marshal(u.Settings)
	if err != nil {
		panic(fmt.Sprintf("units: the settings of %s: %v", u.Label(), err))
	}
	return text
}

// Read is the record of a finished unit; its error wraps fs.ErrNotExist for any other.
func (s Store) Read(u Unit) (*Record, error) {
	path := s.Path(u)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	var r Record
	if _, err := seal.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to have it made again", path, err)
	}
	if err := seal.Unmarshal(text, &r); err != nil {
		return nil,
			fmt.Errorf("%s: not a result of this program: %w; delete it to have it made again", path, err)
	}
	var stored bytes.Buffer
	if err := json.Compact(&stored, r.Settings); err != nil ||
		!bytes.Equal(stored.Bytes(), u.settingsJSON()) {
		return nil,
			fmt.Errorf("%s: it holds a result of other settings; delete it to have it made again", path)
	}
	return &r, nil
}

// Finished reports whether the unit's file is there; one that cannot be believed is an error.
func (s Store) Finished(u Unit) (bool, error) {
	_, err := s.Read(u)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Write stores the result of a unit.
func (s Store) Write(u Unit, device string, took time.Duration, result any) error {
	raw, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("%s: %w", u.Label(), err)
	}
	text, err := json.MarshalIndent(Record{u.settingsJSON(), device, took.Seconds(), raw}, "", "\t")
	if err != nil {
		return fmt.Errorf("%s: %w", u.Label(), err)
	}
	path := s.Path(u)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("%s: cannot make the directory: %w", filepath.Dir(path), files.Cause(err))
	}
	return files.Save(func() error { return files.Write(path, seal.JSON(append(text, '\n'))) })
}

// Load is the result of a finished unit.
func Load[T any](s Store, u Unit) (T, error) {
	var result T
	r, err := s.Read(u)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(r.Result, &result); err != nil {
		return result, fmt.Errorf("%s: the stored result: %w", s.Path(u), err)
	}
	return result, nil
}
