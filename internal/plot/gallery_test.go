package plot

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// gallery holds a made-up example of every kind of figure in the report.
func gallery() map[string]*Figure {
	return map[string]*Figure{
		"modes":        modes(),
		"contours":     contours(),
		"accuracy":     accuracy(),
		"permutations": permutations(),
	}
}

// modes is a curve over α for each of four scales with two thresholds, and two more
// quantities below.
func modes() *Figure {
	scales := []struct {
		name string
		s    float64
	}{{"s = 0.25", 0.25}, {"s = 0.5", 0.5}, {"s = 1", 1}, {"s = 2", 2}}
	panels := make([][]*Panel, 3)
	for _, scale := range scales {
		n := 121
		x, ratio, spread, kl := make([]float64, n), make([]float64, n), make([]float64, n),
			make([]float64, n)
		var xs, ys, ks []float64
		for i := range n {
			a := 12 * float64(i) / float64(n-1)
			x[i] = a * scale.s
			ratio[i], spread[i], kl[i] = 0.5, scale.s*(1+a*a/40), 0.01*a*a
			if a > 4.824 {
				ratio[i], spread[i], kl[i] = 0.04*math.Exp(-(a-4.824)), scale.s, math.Ln2
			}
			if i%8 == 4 {
				xs, ys, ks = append(xs, x[i]), append(ys, ratio[i]+0.004), append(ks, kl[i])
			}
		}
		vertical := []Mark{
			&Rule{Label: "4.824 s", At: 4.824 * scale.s, Style: Reference()},
			&Rule{Label: "5.600 s", At: 5.6 * scale.s, Style: Reference()},
		}
		panels[0] = append(panels[0], &Panel{
			Title: scale.name,
			X:     Axis{Label: "distance of the modes α", Include: []float64{0}},
			Y:     Axis{Label: "‖μ*‖/α", Include: []float64{0, 0.6}},
			Marks: append([]Mark{
				&Line{Name: "quadrature", X: x, Y: ratio},
				&Points{Name: "stochastic, 3000 steps", X: xs, Y: ys},
			}, vertical...),
		})
		panels[1] = append(panels[1], &Panel{
			X:     Axis{Label: "distance of the modes α"},
			Y:     Axis{Label: "σ*"},
			Marks: append([]Mark{&Line{Name: "quadrature", X: x, Y: spread}}, vertical...),
		})
		panels[2] = append(panels[2], &Panel{
			X: Axis{Label: "distance of the modes α"},
			Y: Axis{Label: "KL(q‖p)", Unit: "nats"},
			Marks: append([]Mark{
				&Line{Name: "quadrature", X: x, Y: kl},
				&Points{Name: "stochastic, 3000 steps", X: xs, Y: ks},
				&Rule{Label: "log 2", At: math.Ln2, Horizontal: true, Style: Reference()},
			}, vertical...),
		})
	}
	return &Figure{Panels: panels}
}

// contours is a posterior with two modes beside two approximations.
func contours() *Figure {
	n := 101
	axis := make([]float64, n)
	for i := range axis {
		axis[i] = -0.4 + 1.2*float64(i)/float64(n-1)
	}
	bump := func(x, y, mx, my, sx, sy float64) float64 {
		return math.Exp(-((x-mx)*(x-mx)/(sx*sx)+(y-my)*(y-my)/(sy*sy))/2) / (sx * sy)
	}
	densities := []struct {
		title string
		f     func(x, y float64) float64
	}{
		{"posterior", func(x, y float64) float64 {
			r := math.Hypot(x-0.1, y-0.1)
			return math.Exp(-(r-0.3)*(r-0.3)/0.01) * (0.2 + math.Abs(x-y))
		}},
		{"MFVI", func(x, y float64) float64 { return bump(x, y, 0.4, 0.0, 0.06, 0.1) }},
		{"symmetrised", func(x, y float64) float64 {
			return bump(x, y, 0.4, 0.0, 0.06, 0.1) + bump(x, y, 0.0, 0.4, 0.1, 0.06)
		}},
	}
	var row []*Panel
	for _, d := range densities {
		levels := []float64{0.5, 5, 30, 100}
		if d.title == "posterior" {
			levels = []float64{0.05, 0.2, 0.4, 0.6}
		}
		row = append(row, &Panel{
			Title: d.title,
			X:     Axis{Label: "weight w₁", Min: -0.4, Max: 0.8},
			Y:     Axis{Label: "weight w₂", Min: -0.4, Max: 0.8},
			Marks: []Mark{&Contour{X: axis, Y: axis, Z: Tabulate(axis, axis, d.f), Levels: levels,
				Names: []string{"lowest", "lower", "higher", "highest"}}},
		})
	}
	return &Figure{Panels: [][]*Panel{row}, SharedX: true, SharedY: true, EqualAspect: true}
}

// accuracy is seven methods at four widths, with error bars, side by side.
func accuracy() *Figure {
	r := rand.New(rand.NewPCG(1, 2))
	widths := []float64{0, 1, 2, 3} // categories
	level := []float64{88.4, 93.2, 94.85, 95.5}
	var methods []*Points
	differences := []Mark{&Rule{At: 0, Horizontal: true, Style: Reference()}}
	var marks []Mark
	for _, name := range []string{"MFVI", "uniform K = 1", "uniform K = 5", "uniform K = 10",
		"uniform K = 20", "exact", "importance"} {
		m := &Points{Name: name, X: widths}
		d := &Points{Name: name, X: widths}
		for i := range widths {
			y, e := level[i]+0.3*r.NormFloat64(), 0.2+0.2*r.Float64()
			m.Y, m.Low, m.High = append(m.Y, y), append(m.Low, y-e), append(m.High, y+e)
			d.Y, d.Low, d.High = append(d.Y, 0), append(d.Low, 0), append(d.High, 0)
			d.Y[i] = 0.1 * r.NormFloat64()
			d.Low[i], d.High[i] = d.Y[i]-0.08, d.Y[i]+0.08
		}
		methods = append(methods, m, d)
		marks = append(marks, m)
		differences = append(differences, d)
	}
	for i := range 2 {
		var row []*Points
		for k := i; k < len(methods); k += 2 {
			row = append(row, methods[k])
		}
		Dodge(0.07, row...)
	}
	marks = append(marks, &Points{Name: "paper, MFVI", X: widths, Y: level, Style: Reference(),
		Offset: -0.3})
	x := Axis{Label: "hidden neurons", Ticks: []Tick{{Value: 0, Label: "5"},
		{Value: 1, Label: "10"}, {Value: 2, Label: "20"}, {Value: 3, Label: "30"}}}
	return &Figure{Height: 300, Panels: [][]*Panel{{
		{Title: "test accuracy", X: x, Y: Axis{Label: "accuracy", Unit: "%"}, Marks: marks},
		{Title: "paired difference to MFVI", X: x, Y: Axis{Label: "difference", Unit: "points"},
			Marks: differences},
	}}}
}

// permutations is distances against widths on logarithmic axes, with the bound above.
func permutations() *Figure {
	r := rand.New(rand.NewPCG(3, 4))
	var x, mean, low, high, bound []float64
	for w := 8.0; w <= 4096; w *= 2 {
		d := 0.9 * math.Pow(w, -0.6) * (1 + 0.1*r.NormFloat64())
		x, mean, low, high = append(x, w), append(mean, d), append(low, 0.7*d), append(high, 1.4*d)
		bound = append(bound, 40/math.Log(w/2))
	}
	return &Figure{Panels: [][]*Panel{{{
		X: Axis{Label: "hidden neurons", Scale: Log2},
		Y: Axis{Label: "‖ω − gω‖ / ‖ω‖", Scale: Log10},
		Marks: []Mark{
			&Band{Name: "closest pair: mean, 5 to 95 % of the seeds", X: x, Low: low, High: high},
			&Points{Name: "closest pair: mean, 5 to 95 % of the seeds", X: x, Y: mean, Join: true},
			&Line{Name: "bound of Theorem 3.1", X: x, Y: bound, Style: Reference()},
		},
	}}}}
}

// TestGallery draws every example. With SYMVI_GALLERY it keeps the pictures there, to
// look at.
func TestGallery(t *testing.T) {
	for name, f := range gallery() {
		png, err := f.PNG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		svg, err := f.SVG(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if dir := os.Getenv("SYMVI_GALLERY"); dir != "" {
			for ext, data := range map[string][]byte{".png": png, ".svg": svg} {
				must.Do(t, os.WriteFile(filepath.Join(dir, name+ext), data, 0o644))
			}
		}
	}
}
