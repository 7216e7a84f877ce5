package paper

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/symvi/symvi/internal/plot"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
	"github.com/symvi/symvi/kernels"
)

// layer is a network with one hidden layer of random weights.
type layer struct {
	Inputs  int   `json:"inputs"`
	Outputs int   `json:"outputs"`
	Hidden  int   `json:"hidden"`
	Seed    int64 `json:"seed"`
}

// distance is how far the closest other weights are that give the same function.
type distance struct {
	// Ratio is min ‖ω − gω‖/‖ω‖ over all permutations g but the identity.
	Ratio float64 `json:"ratio"`
}

// theorem31Shapes are numbers of inputs and outputs: the more numbers a neuron has, the
// wider the layer must be before two neurons are alike.
var theorem31Shapes = [][2]int{{1, 1}, {4, 3}, {784, 10}}

func theorem31Widths(o options) []int {
	var widths []int
	for n := 8; n <= studies.Choose(o.Quick, 4096, 512); n *= 2 {
		widths = append(widths, n)
	}
	return widths
}

func theorem31Cells(o options) []studies.Cell {
	var cells []studies.Cell
	for _, shape := range theorem31Shapes {
		for _, width := range theorem31Widths(o) {
			cells = append(cells, layerCells(o, shape, width)...)
		}
	}
	return cells
}

// layerCells are the networks of one shape and width, one cell per seed.
func layerCells(o options, shape [2]int, width int) []studies.Cell {
	var cells []studies.Cell
	for _, seed := range o.SeedList() {
		l := layer{shape[0], shape[1], width, seed}
		pairs := float64(width) * float64(width) / 2
		cells = append(cells, studies.Cell{Folder: "theorem31",
			Name: fmt.Sprintf("inputs%d-hidden%d-seed%d", l.Inputs, width, seed), Settings: l,
			Seconds: 1e-3 + 1e-9*pairs*float64(l.numbers()),
			Memory:  4 * float64(l.weights()),
			Run:     func(ctx context.Context, _ kernels.Device) (any, error) { return l.closest(ctx) }})
	}
	return cells
}

// numbers is how many numbers a neuron owns: its incoming weights, bias and outgoing weights.
func (l layer) numbers() int { return l.Inputs + 1 + l.Outputs }

// weights is how many numbers the network has.
func (l layer) weights() int { return l.Hidden*l.numbers() + l.Outputs }

// streamTheorem31 keeps the weights apart from other random numbers.
const streamTheorem31 = 31

// closest draws the weights from N(0, 1) and finds the closest pair of neurons. Swapping
// them is the non-trivial permutation that moves ω least: any other moves two neurons or
// more, each at least as far.
func (l layer) closest(ctx context.Context) (*distance, error) {
	d := l.numbers()
	weights := make([]float32, l.weights())
	ref.Key{Seed: uint64(l.Seed), Stream: streamTheorem31, Step: uint32(d),
		Sample: uint32(l.Hidden)}.Normals(weights, 0)
	norm := 0.0
	for _, w := range weights {
		norm += float64(float64(w) * float64(w))
	}
	best := math.Inf(1)
	for i := range l.Hidden {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for j := range i {
			best = min(best, squaredDistance(weights[i*d:(i+1)*d], weights[j*d:(j+1)*d], best))
		}
	}
	return &distance{math.Sqrt(2 * best / norm)}, nil
}

// squaredDistance of two vectors, or some number above limit if it is above it.
func squaredDistance(a, b []float32, limit float64) float64 {
	const stride = 32
	sum := 0.0
	for len(a) > 0 && sum <= limit {
		n := min(stride, len(a))
		for i, x := range a[:n] {
			d := float64(x) - float64(b[i])
			sum += float64(d * d)
		}
		a, b = a[n:], b[n:]
	}
	return sum
}

// paperBound is Theorem 3.1 with the constants of its proof (eq. 11, corrected): some
// non-trivial g has ‖ω − gω‖/‖ω‖ at most this. It says nothing while it exceeds 2.
func paperBound(l layer) float64 {
	return 4 * (float64(l.numbers()) + float64(l.Outputs)/float64(l.Hidden)) /
		math.Log(float64(l.Hidden)/2)
}

// packingBound is what the same argument gives when nothing is rounded up: half of the
// neurons lie in a ball of radius √(2/n)‖ω‖, and so many balls that do not overlap need room.
func packingBound(l layer) float64 {
	n := float64(l.Hidden)
	return 4 / (math.Sqrt(n) * (math.Pow(n/2, 1/float64(l.numbers())) - 1))
}

// distances of one shape over seeds, at every width.
type distances struct {
	layer
	widths, means, sds []float64
	low, high          []float64 // the smallest and the largest
	bound, packing     []float64
}

func theorem31(o options, s studies.Store) (*report.Section, error) {
	var all []distances
	violations := 0
	for _, shape := range theorem31Shapes {
		d := distances{layer: layer{Inputs: shape[0], Outputs: shape[1]}}
		for _, width := range theorem31Widths(o) {
			results, err := studies.LoadAll[distance](s, layerCells(o, shape, width))
			if err != nil {
				return nil, err
			}
			at := layer{Inputs: shape[0], Outputs: shape[1], Hidden: width}
			for _, r := range results {
				if !(r.Ratio <= paperBound(at) && r.Ratio <= packingBound(at)) {
					violations++
				}
			}
			ratios := studies.Column(results, func(r distance) float64 { return r.Ratio })
			mean := studies.MeanSD(ratios)
			d.widths = append(d.widths, float64(width))
			d.means = append(d.means, mean.Mean)
			d.sds = append(d.sds, mean.Error)
			d.low, d.high = append(d.low, slices.Min(ratios)), append(d.high, slices.Max(ratios))
			d.bound, d.packing = append(d.bound, paperBound(at)), append(d.packing, packingBound(at))
		}
		all = append(all, d)
	}
	verdict, sentence := judgeTheorem31(all, violations)
	return &report.Section{Verdict: verdict, Sentence: sentence,
		Paragraphs: []string{
			"For a network with one hidden layer of n neurons, swapping the two neurons that are " +
				"closest to each other is the permutation g, other than the identity, that moves " +
				"the weights least: any g moves at least two neurons, each at least as far as " +
				"the closest pair is apart. So the search over pairs is exact.",
			"The paper's bound is 4(d_i + d_o + 1 + d_o/n)/log(n/2), with d_i inputs and d_o " +
				"outputs (its eq. 11 has misprints). It is below 2, the largest value that ‖ω − " +
				"gω‖/‖ω‖ can have at all, only beyond n ≈ 2 exp(2d) with d = d_i + d_o + 1, " +
				"which is 807 for d = 3 and more than 10¹⁰⁰ for a pixel image. The same argument " +
				"without its last estimates gives 4/(√n ((n/2)^(1/d) − 1)).",
		},
		Settings: []report.Setting{{Name: "weights", Value: "independent N(0, 1); the scale cancels"}},
		Figures:  []report.Figure{theorem31Figure(all)},
		Tables:   []report.Table{theorem31Table(all)},
	}, nil
}

// judgeTheorem31 asks whether the bound holds everywhere and how near the modes come.
func judgeTheorem31(all []distances, violations int) (report.Verdict, string) {
	if violations > 0 {
		return report.Differs, fmt.Sprintf("%d networks violate the bound.", violations)
	}
	var parts []string
	for _, d := range all {
		last := len(d.means) - 1
		parts = append(parts, fmt.Sprintf("%.0f (inputs: %d)", d.means[0]/d.means[last], d.Inputs))
	}
	return report.Reproduces, fmt.Sprintf("The bound holds for every network and is loose. From "+
		"width %g to %g the relative distance of the closest equivalent weights shrinks by "+
		"factors of %s.",
		all[0].widths[0], all[0].widths[len(all[0].widths)-1], strings.Join(parts, ", "))
}

func theorem31Figure(all []distances) report.Figure {
	figure := &plot.Figure{SharedX: true, SharedY: true, Panels: [][]*plot.Panel{nil}}
	for _, d := range all {
		figure.Panels[0] = append(figure.Panels[0], &plot.Panel{
			Title: fmt.Sprintf("inputs: %d, outputs: %d", d.Inputs, d.Outputs),
			X:     plot.Axis{Label: "hidden neurons n", Scale: plot.Log2},
			Y:     plot.Axis{Label: "min ‖ω − gω‖ / ‖ω‖", Scale: plot.Log10},
			Marks: []plot.Mark{
				&plot.Points{Name: "closest permutation", X: d.widths, Y: d.means, Low: d.low,
					High: d.high, Join: true},
				&plot.Line{Name: "paper's bound", X: d.widths, Y: d.bound, Style: plot.Reference()},
				&plot.Line{Name: "packing bound", X: d.widths, Y: d.packing},
			}})
	}
	return report.Figure{ID: "theorem31", Title: "The closest equivalent weights against the width",
		Caption: "Markers: mean over seeds; bars: the smallest and the largest.",
		Alt: "Log-log plots: the distance of the closest equivalent weights falls with the " +
			"width and stays below the packing bound and far below the paper's bound.",
		Plot: figure}
}

func theorem31Table(all []distances) report.Table {
	t := report.Table{ID: "theorem31-distances", Title: "min ‖ω − gω‖/‖ω‖", Labels: 2,
		Caption: "Mean ± standard deviation over seeds.",
		Header:  []string{"inputs", "n", "closest", "packing bound", "paper's bound"}}
	for _, d := range all {
		for i, n := range d.widths {
			t.Rows = append(t.Rows, report.Cells(fmt.Sprint(d.Inputs), fmt.Sprintf("%g", n),
				studies.Spread{Mean: d.means[i], Error: d.sds[i]}.Text(5),
				studies.Number(d.packing[i], 3), studies.Number(d.bound[i], 1)))
		}
	}
	return t
}
