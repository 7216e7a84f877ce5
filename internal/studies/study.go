package studies

import (
	"context"

	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/kernels"
)

// Study is a figure or table of the paper, or a study on data that the user has.
type Study struct {
	Name, Title string
	// OnData says that it needs Options.Data, and is not of the paper.
	OnData bool
	// Cells are the pieces of work; studies may share some.
	Cells func(o Options) []Cell
	// Section judges the cells' stored results.
	Section func(o Options, s Store) (*report.Section, error)
}

// UCI is the study of regression on real tables.
func UCI() Study {
	return Study{Name: "uci", Title: "Regression on the UCI collection", OnData: true,
		Cells: uciCells, Section: uci}
}

// OnData are the studies of real tables, in the order of the report.
func OnData() []Study { return []Study{UCI(), Underfitting(), Width(), Selection(), Noise()} }

// Cell is one piece of work.
type Cell struct {
	// Folder and Name say what it is; they are the names of its file too.
	Folder, Name string
	// Settings are all that decides the result, as JSON can hold it.
	Settings any
	// Seconds is what it takes on one core of the reference machine (docs/reproduction.md).
	Seconds float64
	// Memory is what it holds at its peak, in bytes, and Shared what all cells of its study hold
	// together; both 0 where that is little.
	Memory, Shared float64
	// Run returns the result, as JSON can hold it.
	Run func(ctx context.Context, device kernels.Device) (any, error)
}

// union are the cells of several studies, each once, in order.
func union(list []Study, o Options) []Cell {
	var all []Cell
	seen := map[string]bool{}
	s := newStore(o.Out)
	for _, study := range list {
		for _, c := range study.Cells(o) {
			if path := s.Path(c.unit()); !seen[path] {
				seen[path] = true
				all = append(all, c)
			}
		}
	}
	return all
}
