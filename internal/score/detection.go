package score

import (
	"cmp"
	"math"
	"slices"
)

// AURC is the area under the risk-coverage curve (Geifman and El-Yaniv 2017): the mean over
// k = 1 … n of the mean loss of the k least uncertain rows. Rows of equal uncertainty count
// in their average order, so that the order of the rows does not matter.
func AURC(uncertainty, loss []float64) float64 {
	order := sorted(uncertainty, 1)
	total, area := 0.0, 0.0
	for first := 0; first < len(order); {
		last, sum := first, 0.0
		for last < len(order) && uncertainty[order[last]] == uncertainty[order[first]] {
			sum += loss[order[last]]
			last++
		}
		mean := sum / float64(last-first)
		for k := first; k < last; k++ {
			total += mean
			area += total / float64(k+1)
		}
		first = last
	}
	return area / float64(len(order))
}

// sorted are the indices of x in the order of its values: rising for sign 1, falling for −1.
func sorted(x []float64, sign int) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sign * cmp.Compare(x[a], x[b]) })
	return order
}

// AUROC is the area under the receiver operating characteristic: the probability that a
// positive row has the higher score than a negative one, ties counting half (Mann and
// Whitney 1947). The standard error is that of DeLong et al. (1988), from the placements of
// every row among the rows of the other kind.
func AUROC(negative, positive []float64) (area, se float64) {
	ofPositive, ofNegative := placements(positive, negative), placements(negative, positive)
	area, ofP := Mean(ofPositive)
	_, ofN := Mean(ofNegative)
	return area, math.Sqrt(float64(ofP*ofP) + float64(ofN*ofN))
}

// placements is, for every x, the share of others below it, ties counting half.
func placements(x, others []float64) []float64 {
	ranks := slices.Clone(others)
	slices.Sort(ranks)
	shares := make([]float64, len(x))
	for i, v := range x {
		below, _ := slices.BinarySearch(ranks, v)
		upTo, _ := slices.BinarySearchFunc(ranks, v, func(r, v float64) int {
			if r <= v {
				return -1
			}
			return 1
		})
		shares[i] = float64(below+upTo) / 2 / float64(len(others))
	}
	return shares
}

// operating is what a threshold on the score detects: rows at or above it.
type operating struct{ truePositives, falsePositives int }

// operatingPoints are those of all thresholds, from the highest score to the lowest.
func operatingPoints(negative, positive []float64) []operating {
	all := slices.Concat(negative, positive)
	order := sorted(all, -1)
	var points []operating
	var at operating
	for i, row := range order {
		if row >= len(negative) {
			at.truePositives++
		} else {
			at.falsePositives++
		}
		if i+1 == len(order) || all[order[i+1]] != all[row] {
			points = append(points, at)
		}
	}
	return points
}

// AUPR is the area under the precision-recall curve as the average precision
// Σ_t (R_t − R_{t−1})·P_t over the thresholds t. Chance gives the share of positives.
func AUPR(negative, positive []float64) float64 {
	area, before := 0.0, 0
	for _, t := range operatingPoints(negative, positive) {
		precision := float64(t.truePositives) / float64(t.truePositives+t.falsePositives)
		area += float64(float64(t.truePositives-before) * precision)
		before = t.truePositives
	}
	return area / float64(len(positive))
}

// FPR95 is the share of negatives that are taken for positives at the highest threshold
// which detects at least 95 % of the positives (Hendrycks and Gimpel 2017; Liang et al. 2018).
// Its standard error takes the threshold as given.
func FPR95(negative, positive []float64) (rate, se float64) {
	n := float64(len(negative))
	for _, t := range operatingPoints(negative, positive) {
		if float64(t.truePositives) >= 0.95*float64(len(positive)) {
			rate = float64(t.falsePositives) / n
			return rate, math.Sqrt(float64(rate*(1-rate)) / n)
		}
	}
	return math.NaN(), math.NaN()
}
