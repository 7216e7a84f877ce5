package reproduce

import (
	"path/filepath"
	"time"

	"github.com/symvi/symvi/internal/units"
)

// store holds the results of finished cells; quick and full runs can share it.
type store struct{ units.Store }

// newStore is the store of the studies in a directory.
func newStore(out string) store { return store{units.Store{Dir: filepath.Join(out, "results")}} }

// unit is the cell as the store knows it.
func (c cell) unit() units.Unit {
	return units.Unit{Folder: c.folder, Name: c.name, Settings: c.settings}
}

// label is the cell's name for people.
func (c cell) label() string { return c.unit().Label() }

// complete reports whether all cells are finished.
func (s store) complete(cells []cell) bool {
	for _, c := range cells {
		if done, err := s.Finished(c.unit()); err != nil || !done {
			return false
		}
	}
	return true
}

// took is the time that the cells took, added up.
func (s store) took(cells []cell) (time.Duration, error) {
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

// load is the result of a finished cell.
func load[T any](s store, c cell) (T, error) { return units.Load[T](s.Store, c.unit()) }

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
