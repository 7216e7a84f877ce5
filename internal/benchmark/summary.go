package benchmark

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/symvi/symvi/kernels/cpu"
)

// Summarize writes the limits that were measured and, for every row of microkernels
// and every alternative to it, the ratios of their rates.
func Summarize(w io.Writer, results []Result) error {
	var lines []string
	for _, r := range results {
		if r.isLimit() {
			lines = append(lines, fmt.Sprintf("# %s loop, %s-%d: %.3g %s", r.Kernel, r.Impl,
				r.Threads, r.Rate, r.Unit))
		}
	}
	results = slices.DeleteFunc(slices.Clone(results), Result.isLimit)
	for _, s := range comparisons(results) {
		lines = append(lines, s.String())
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func (r Result) isLimit() bool { return r.Kernel == "fma" || r.Kernel == "copy" }

// comparison is a row of microkernels against an alternative, over the shapes of a kernel.
type comparison struct {
	kernel, row, other string
	shapes             int
	logs               float64 // sum of the logarithms of the ratios
	least              float64
	leastAt            string
}

func (c *comparison) String() string {
	mean := math.Exp(c.logs / float64(c.shapes))
	return fmt.Sprintf("# %s: %s is %.3g× as fast as %s (geometric mean of %d shapes; least "+
		"%.3g× at %s)",
		c.kernel, c.row, mean, c.other, c.shapes, c.least, c.leastAt)
}

func (c *comparison) add(shape string, ratio float64) {
	c.logs += math.Log(ratio)
	if c.shapes++; c.shapes == 1 || ratio < c.least {
		c.least, c.leastAt = ratio, shape
	}
}

// comparisons pairs the single-threaded results of equal shape.
func comparisons(results []Result) []*comparison {
	isas := cpu.ISAs()
	var all []*comparison
	for _, r := range results {
		for _, other := range results {
			same := r.Kernel == other.Kernel && r.Shape == other.Shape && r.Threads == 1 &&
				other.Threads == 1
			if !same || !slices.Contains(isas, r.Impl) || !alternative(r.Impl, other.Impl) {
				continue
			}
			i := slices.IndexFunc(all, func(c *comparison) bool {
				return c.kernel == r.Kernel && c.row == r.Impl && c.other == other.Impl
			})
			if i < 0 {
				i = len(all)
				all = append(all, &comparison{kernel: r.Kernel, row: r.Impl, other: other.Impl})
			}
			all[i].add(r.Shape, other.NsPerOp/r.NsPerOp)
		}
	}
	return all
}

// alternative reports whether a row is to be compared with another implementation: a
// library, another method with the same row, or the portable row.
func alternative(row, other string) bool {
	return row != "portable" &&
		slices.Contains([]string{"portable", "direct-" + row, "hoisted-" + row, "gonum", "openblas",
			"math/rand"}, other)
}
