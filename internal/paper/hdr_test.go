package paper

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/internal/plot"
)

// nodes are n values from lo to hi.
func nodes(n int, lo, hi float64) []float64 { return floats.Span(make([]float64, n), lo, hi) }

// Outside the highest-density region of mass m of a Gaussian in two dimensions, the density
// is below 1 − m of its peak.
func TestHDRLevels(t *testing.T) {
	x, y := nodes(601, -6, 6), nodes(401, -4, 4)
	z := plot.Tabulate(x, y, func(x, y float64) float64 { return 7 * math.Exp(-(x*x+y*y/0.25)/2) })
	masses := []float64{0.99, 0.9, 0.5, 0.1}
	levels := must.Get(hdrLevels(x, y, z, masses...))(t)
	for i, m := range masses {
		if want := 7 * (1 - m); !(math.Abs(levels[i]-want) <= 0.01*want) {
			t.Errorf("mass %g: level %g, want %g", m, levels[i], want)
		}
	}
	for name, bad := range map[string]func() ([]float64, error){
		"increasing masses": func() ([]float64, error) { return hdrLevels(x, y, z, 0.5, 0.9) },
		"mass 1":            func() ([]float64, error) { return hdrLevels(x, y, z, 1) },
		"negative density": func() ([]float64, error) {
			return hdrLevels(x, y, plot.Tabulate(x, y, func(x, _ float64) float64 { return x }), 0.5)
		},
		"zero density": func() ([]float64, error) {
			return hdrLevels(x, y, plot.Tabulate(x, y, func(x, _ float64) float64 { return 0 }), 0.5)
		},
	} {
		if levels, err := bad(); err == nil {
			t.Errorf("%s: %v and no error", name, levels)
		}
	}
}
