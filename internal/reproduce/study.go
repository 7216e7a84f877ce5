package reproduce

import (
	"context"

	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/kernels"
)

// study is a figure or table of the paper, or a study on data that the user has.
type study struct {
	name, title string
	// onData says that it needs Options.Data, and is not of the paper.
	onData bool
	// cells are the pieces of work; studies may share some.
	cells func(o Options) []cell
	// section judges the cells' stored results.
	section func(o Options, s store) (*report.Section, error)
}

// studies in the order of the report.
var studies = []study{
	{"fig2", "Figure 2: where q goes between two modes", false, figure2Cells, figure2},
	{"fig3", "Figure 3: spread and KL between two modes", false, figure2Cells, figure3},
	{"fig4", "Figure 4: the tractable posterior", false, figure4Cells, figure4},
	{"fig5", "Figure 5: the jump scales with the modes' width", false, figure5Cells, figure5},
	{"table1", "Table 1: test accuracy on MNIST", false, table1Cells, table1},
	{"table2", "Table 2: test error of the tractable posterior", false, tractableCells, table2},
	{"table3", "Table 3: ELBO of the tractable posterior", false, tractableCells, table3},
	{"theorem31", "Theorem 3.1: equivalent modes come close in wide networks", false, theorem31Cells, theorem31},
	{"uci", "Regression on the UCI collection", true, uciCells, uci},
}

// cell is one piece of work.
type cell struct {
	// folder and name say what it is; they are the names of its file too.
	folder, name string
	// settings are all that decides the result, as JSON can hold it.
	settings any
	// seconds is what it takes on one core of the reference machine (docs/reproduction.md).
	seconds float64
	// run returns the result, as JSON can hold it.
	run func(ctx context.Context, device kernels.Device) (any, error)
}

// union are the cells of several studies, each once, in order.
func union(list []study, o Options) []cell {
	var all []cell
	seen := map[string]bool{}
	s := newStore(o.Out)
	for _, study := range list {
		for _, c := range study.cells(o) {
			if path := s.Path(c.unit()); !seen[path] {
				seen[path] = true
				all = append(all, c)
			}
		}
	}
	return all
}
