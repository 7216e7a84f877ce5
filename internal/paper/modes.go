package paper

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/symvi/symvi/internal/paper/modes"
	"github.com/symvi/symvi/internal/studies"
	"github.com/symvi/symvi/kernels"
)

// curveSettings decide a curve over α for one scale of the modes.
type curveSettings struct {
	Scale       float64       `json:"scale"`
	Dim         int           `json:"dim"`
	Separations []float64     `json:"separations"` // α, in units of the scale
	Options     modes.Options `json:"options"`
}

// curvePoint is one separation: what quadrature knows of it, and the paper's
// optimisation from its own start and from one as wide as a mode.
type curvePoint struct {
	Exact  modes.Point `json:"exact"`
	Unit   modes.Run   `json:"unit"`
	Scaled modes.Run   `json:"scaled"`
}

// thresholdSettings decide the separations at which the solutions change.
type thresholdSettings struct {
	Scale   float64       `json:"scale"`
	Options modes.Options `json:"options"`
}

type thresholds struct {
	modes.Thresholds
	// ExactUnit is the jump of the same optimiser with exact gradients.
	ExactUnit modes.Jump `json:"exact_unit"`
}

// jumpSettings decide where the stochastic optimisation jumps, by start.
type jumpSettings struct {
	Scales  []float64     `json:"scales"`
	Dim     int           `json:"dim"`
	Options modes.Options `json:"options"`
}

// jumps are in the order of the scales.
type jumps struct {
	Unit   []modes.Jump `json:"unit"`
	Scaled []modes.Jump `json:"scaled"`
}

// modesOptions are the paper's settings or, in a quick run, fewer samples.
func modesOptions(o options, seed int64) modes.Options {
	m := studies.Choose(o.Quick, modes.Paper(), modes.Quick())
	m.Seed = uint64(seed)
	return m
}

// separations are the α of the curves in units of s, denser about the jump.
func separations(o options) []float64 {
	var all []float64
	for a := 0.5; a < 9.99; a += studies.Choose(o.Quick, 0.5, 1.5) {
		all = append(all, a)
	}
	if o.Quick {
		return all
	}
	dense := []float64{}
	for _, a := range all {
		dense = append(dense, a)
		if a >= 4 && a < 6 {
			dense = append(dense, a+0.125, a+0.25, a+0.375)
		}
	}
	return dense
}

// curveCell is the curve of one scale.
func curveCell(o options, scale float64) studies.Cell {
	c := curveSettings{scale, modes.PaperDim, separations(o), modesOptions(o, o.Seed)}
	work := float64(c.Options.Samples) / float64(modes.Paper().Samples)
	return studies.Cell{Folder: "modes", Name: fmt.Sprintf("curve-s%g", scale), Settings: c,
		Seconds: 0.5 + float64(len(c.Separations))*(0.04+0.4*work),
		Run:     func(ctx context.Context, _ kernels.Device) (any, error) { return c.run(ctx) }}
}

func (c curveSettings) run(ctx context.Context) ([]curvePoint, error) {
	noise, err := drawNoise(c.Options, c.Dim)
	if err != nil {
		return nil, err
	}
	points := make([]curvePoint, len(c.Separations))
	for i, a := range c.Separations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		target := modes.Target{Scale: c.Scale, Separation: a * c.Scale, Dim: c.Dim}
		p := &points[i]
		if p.Exact, err = modes.Solve(target); err != nil {
			return nil, err
		}
		if p.Unit, err = noise.Fit(target, modes.Unit); err != nil {
			return nil, err
		}
		if p.Scaled, err = noise.Fit(target, modes.Scaled); err != nil {
			return nil, err
		}
	}
	return points, nil
}

// lastNoise keeps the random numbers of one seed, 60 MB, for the cells that share them.
var lastNoise struct {
	sync.Mutex
	options modes.Options
	dim     int
	noise   *modes.Noise
}

func drawNoise(o modes.Options, dim int) (*modes.Noise, error) {
	last := &lastNoise
	last.Lock()
	defer last.Unlock()
	if last.noise != nil && last.options == o && last.dim == dim {
		return last.noise, nil
	}
	noise, err := modes.Draw(o, dim)
	if err != nil {
		return nil, err
	}
	last.options, last.dim, last.noise = o, dim, noise
	return noise, nil
}

// thresholdCell finds the thresholds of one scale by quadrature.
func thresholdCell(o options, scale float64) studies.Cell {
	c := thresholdSettings{scale, modesOptions(o, 0)}
	return studies.Cell{Folder: "modes", Name: fmt.Sprintf("thresholds-s%g", scale), Settings: c,
		Seconds: 0.5, Run: func(ctx context.Context, _ kernels.Device) (any, error) {
			found, err := modes.FindThresholds(c.Scale)
			if err != nil {
				return nil, err
			}
			jump, err := modes.ExactJump(c.Options, c.Scale, modes.Unit)
			if err != nil {
				return nil, err
			}
			return &thresholds{found, jump}, nil
		}}
}

// jumpCells find the jumps of the stochastic optimisation, one cell per seed.
func jumpCells(o options) []studies.Cell {
	var cells []studies.Cell
	for _, seed := range o.SeedList() {
		c := jumpSettings{modes.PaperScales(), modes.PaperDim, modesOptions(o, seed)}
		work := float64(c.Options.Samples) / float64(modes.Paper().Samples)
		cells = append(cells, studies.Cell{Folder: "modes", Name: fmt.Sprintf("jumps-seed%d", seed),
			Settings: c, Seconds: 1 + 25*work,
			Run: func(ctx context.Context, _ kernels.Device) (any, error) { return c.run(ctx) }})
	}
	return cells
}

func (c jumpSettings) run(ctx context.Context) (*jumps, error) {
	noise, err := drawNoise(c.Options, c.Dim)
	if err != nil {
		return nil, err
	}
	var out jumps
	for _, scale := range c.Scales {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		unit, err := noise.Jump(scale, modes.Unit)
		if err != nil {
			return nil, err
		}
		scaled, err := noise.Jump(scale, modes.Scaled)
		if err != nil {
			return nil, err
		}
		out.Unit, out.Scaled = append(out.Unit, unit), append(out.Scaled, scaled)
	}
	return &out, nil
}

// figure2Cells are also those of Figure 3.
func figure2Cells(o options) []studies.Cell {
	return []studies.Cell{curveCell(o, 1), thresholdCell(o, 1)}
}

func figure5Cells(o options) []studies.Cell {
	var cells []studies.Cell
	for _, scale := range modes.PaperScales() {
		cells = append(cells, curveCell(o, scale), thresholdCell(o, scale))
	}
	return append(cells, jumpCells(o)...)
}

// curve is one scale's stored results.
type curve struct {
	scale float64
	thresholds
	points []curvePoint
}

func loadCurve(o options, s studies.Store, scale float64) (*curve, error) {
	c := curve{scale: scale}
	var err error
	if c.thresholds, err = studies.Load[thresholds](s, thresholdCell(o, scale)); err != nil {
		return nil, err
	}
	c.points, err = studies.Load[[]curvePoint](s, curveCell(o, scale))
	return &c, err
}

// series is one quantity over α; points at which there is none are left out.
func (c *curve) series(value func(curvePoint) (float64, bool)) (x, y []float64) {
	for _, p := range c.points {
		if v, ok := value(p); ok && !math.IsNaN(v) {
			x, y = append(x, p.Exact.Separation), append(y, v)
		}
	}
	return x, y
}
