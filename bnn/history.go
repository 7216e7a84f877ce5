package bnn

import (
	"fmt"
	"math"
	"slices"
)

// history keeps the course of the objective in a bounded number of blocks of epochs.
type history struct {
	blocks []float64 // sums over epochs each, the last one over recent
	epochs int       // 0 before the first
	recent int
}

const (
	// historyBlocks is the most blocks; then neighbors are joined.
	historyBlocks = 64
	// trendBlocks is the fewest that a trend is read from.
	trendBlocks = 5
)

// add appends an epoch's objective.
func (h *history) add(objective float64) {
	h.epochs = max(h.epochs, 1)
	if len(h.blocks) == 0 || h.recent == h.epochs {
		if len(h.blocks) == historyBlocks {
			h.join()
		}
		h.blocks, h.recent = append(h.blocks, 0), 0
	}
	h.blocks[len(h.blocks)-1] += objective
	h.recent++
}

// join makes one block of every two.
func (h *history) join() {
	for i := range historyBlocks / 2 {
		h.blocks[i] = h.blocks[2*i] + h.blocks[2*i+1]
	}
	h.blocks = h.blocks[:historyBlocks/2]
	h.epochs *= 2
}

// state is what restore takes back.
func (h *history) state() (sums []float64, epochs, recent int) {
	return slices.Clone(h.blocks), h.epochs, h.recent
}

func (h *history) restore(sums []float64, epochs, recent int) error {
	if len(sums) > historyBlocks || epochs < 0 || recent < 0 || recent > epochs ||
		(len(sums) > 0) != (recent > 0) {
		return fmt.Errorf("a history of %d blocks of %d epochs, %d in the last, makes no sense",
			len(sums), epochs, recent)
	}
	h.blocks, h.epochs, h.recent = slices.Clone(sums), epochs, recent
	return nil
}

// rising reports whether the objective rose at the end beyond its noise, and by an amount
// that matters: a nat, and 0.02 for each of n data.
//
// The trend is that of the last third of the training with a constant learning rate; with
// one that falls, of the middle third, because the fall itself raises the objective at the
// end. It is judged by ranks, which outliers do not move: Mann and Kendall's test at two standard
// deviations, and the size by Theil and Sen's slope, the median over pairs.
func (h *history) rising(s Schedule, n int) bool {
	means := slices.Clone(h.blocks)
	if h.recent < h.epochs && len(means) > 0 {
		means = means[:len(means)-1] // of too few epochs
	}
	for i := range means {
		means[i] /= float64(h.epochs)
	}
	window := max(trendBlocks, (len(means)+2)/3)
	if len(means) < window {
		return false
	}
	end := len(means)
	if s == ScheduleCosine {
		end = max(window, (2*end+2)/3)
	}
	signs, slope := trend(means[end-window : end])
	k := float64(window)
	deviation := math.Sqrt(k * (k - 1) * (2*k + 5) / 18)
	return float64(signs-1) > 2*deviation && slope*k > max(1, 0.02*float64(n))
}

// trend compares all pairs: how many more rise than fall, and the median slope per block.
func trend(x []float64) (signs int, slope float64) {
	var slopes []float64
	for j := range x {
		for i := range j {
			slopes = append(slopes, (x[j]-x[i])/float64(j-i))
			switch {
			case x[j] > x[i]:
				signs++
			case x[j] < x[i]:
				signs--
			}
		}
	}
	slices.Sort(slopes)
	return signs, slopes[len(slopes)/2]
}
