package paper

import (
	"context"
	"fmt"

	"github.com/symvi/symvi/internal/paper/tractable"
	"github.com/symvi/symvi/internal/studies"
	"github.com/symvi/symvi/kernels"
)

// regime is one choice of the settings that the paper leaves open.
type regime struct {
	name, short, title string
	settings           tractable.Settings
}

// regimes are the paper's experiment as far as it is known, with what the flags say, and
// one that trains until nothing changes any more.
func regimes(o options) []regime {
	converged := tractable.Converged()
	if o.Quick {
		converged.Epochs = 100
	}
	return []regime{{"paper", fmt.Sprintf("%d epochs", o.Tractable.Epochs), "as in the paper",
		o.Tractable}, {"converged", "converged", "converged", converged}}
}

// tractableMethods are trained in pairs; the first is what the others are compared with.
var tractableMethods = []tractable.Method{tractable.MFVI, tractable.SGM, tractable.SGMUniform}

// tractableSettings decide the trainings of one data set.
type tractableSettings struct {
	Settings tractable.Settings `json:"settings"`
	Alpha    float64            `json:"alpha"`
	Seed     int64              `json:"seed"`
}

// moreSeeds multiplies the seeds of these trainings, which are cheap and vary a lot.
func moreSeeds(o options) []int64 {
	o.Seeds *= studies.Choose(o.Quick, 10, 2)
	return o.SeedList()
}

// tractableCells are those of Tables 2 and 3.
func tractableCells(o options) []studies.Cell {
	var cells []studies.Cell
	for _, r := range regimes(o) {
		for _, alpha := range tractable.PaperAlphas() {
			cells = append(cells, alphaCells(o, r, alpha)...)
		}
	}
	return cells
}

// alphaCells train all methods at one α, one cell per seed.
func alphaCells(o options, r regime, alpha float64) []studies.Cell {
	var cells []studies.Cell
	for _, seed := range moreSeeds(o) {
		t := tractableSettings{r.settings, alpha, seed}
		cells = append(cells, studies.Cell{Folder: "tractable",
			Name: fmt.Sprintf("%s-alpha%g-seed%d", r.name, alpha, seed), Settings: t,
			Seconds: 0.12 + 3e-4*float64(t.Settings.Epochs),
			Run:     func(ctx context.Context, _ kernels.Device) (any, error) { return t.run(ctx) }})
	}
	return cells
}

func (t tractableSettings) run(ctx context.Context) ([]tractable.Result, error) {
	results := make([]tractable.Result, len(tractableMethods))
	for i, m := range tractableMethods {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if results[i], err = tractable.Run(t.Settings, t.Alpha, m, uint64(t.Seed)); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// figure4Alpha is the α of the contour plots: the largest of the tables, where the modes
// are furthest apart. The paper does not state its own.
const figure4Alpha = 0.2

// densitySettings decide the contours of one regime.
type densitySettings struct {
	Settings tractable.Settings `json:"settings"`
	Alpha    float64            `json:"alpha"`
	Seed     int64              `json:"seed"`
	Bound    float64            `json:"bound"`
	Grid     int                `json:"grid"`
}

// densities are the true posterior, mean field's q and the symmetrised q^G.
type densities struct {
	Axis  []float64          `json:"axis"`
	Truth [][]float64        `json:"truth"`
	MFVI  [][]float64        `json:"mfvi"`
	SGM   [][]float64        `json:"sgm"`
	Runs  []tractable.Result `json:"runs"`
}

func figure4Cells(o options) []studies.Cell {
	var cells []studies.Cell
	for _, r := range regimes(o) {
		cells = append(cells, densityCell(o, r))
	}
	return cells
}

func densityCell(o options, r regime) studies.Cell {
	bound := 0.0
	for _, other := range regimes(o) {
		bound = max(bound, figure4Alpha+1.5*other.settings.PriorStd)
	}
	d := densitySettings{r.settings, figure4Alpha, o.Seed, bound, studies.Choose(o.Quick, 121, 61)}
	return studies.Cell{Folder: "tractable", Name: "densities-" + r.name, Settings: d, Seconds: 0.5,
		Run: func(ctx context.Context, _ kernels.Device) (any, error) { return d.run(ctx) }}
}

func (d densitySettings) run(ctx context.Context) (*densities, error) {
	runs, err := tractableSettings{d.Settings, d.Alpha, d.Seed}.run(ctx)
	if err != nil {
		return nil, err
	}
	posterior, err := tractable.NewPosterior(d.Settings, d.Alpha, uint64(d.Seed))
	if err != nil {
		return nil, err
	}
	grid := posterior.Grid(d.Bound, d.Grid, runs[0].Q, runs[1].Q)
	return &densities{grid.Axis, grid.Truth, grid.Q[0], grid.QG[1], runs}, nil
}
