package studies

import (
	"path/filepath"
	"time"

	"github.com/symvi/symvi/internal/units"
)

// Store holds the results of finished cells; quick and full runs can share it.
type Store struct{ units.Store }

// newStore is the store of the studies in a directory.
func newStore(out string) Store { return Store{units.Store{Dir: filepath.Join(out, "results")}} }

// unit is the cell as the store knows it.
func (c Cell) unit() units.Unit {
	return units.Unit{Folder: c.Folder, Name: c.Name, Settings: c.Settings}
}

// label is the cell's name for people.
func (c Cell) label() string { return c.unit().Label() }

// complete reports whether all cells are finished.
func (s Store) complete(cells []Cell) bool {
	for _, c := range cells {
		if done, err := s.Finished(c.unit()); err != nil || !done {
			return false
		}
	}
	return true
}

// took is the time that the cells took, added up.
func (s Store) took(cells []Cell) (time.Duration, error) {
	seconds := 0.0
	for _, c := range cells {
		r, err := s.Read(c.unit())
		if err != nil {
			return 0, err
		}
		seconds += r.Seconds
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// Load is the result of a finished cell.
func Load[T any](s Store, c Cell) (T, error) { return units.Load[T](s.Store, c.unit()) }

// LoadAll are the results of finished cells.
func LoadAll[T any](s Store, cells []Cell) ([]T, error) {
	results := make([]T, len(cells))
	for i, c := range cells {
		var err error
		if results[i], err = Load[T](s, c); err != nil {
			return nil, err
		}
	}
	return results, nil
}
