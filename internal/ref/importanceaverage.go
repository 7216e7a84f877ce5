package ref

import "math"

// Missed is the factor by which the identity must outweigh all draws together to
// show that they missed what matters.
const Missed = 1000

// ImportanceAverage bounds the information of an item from the K log-densities of
// permutations and their log-probabilities under the proposal, number 0 being the
// identity. With log w_k = logs[k] − proposal[k] − logOrder,
//
//	lower = logs[0] − log (1/(K−1)) Σ_{k<K−1} w_k     the identity and all draws but one
//	upper = logs[0] − log (1/(K−1)) Σ_{k≥1} w_k       the draws
//	spread = (K−1)·Σ_{k≥1} w_k² / (Σ_{k≥1} w_k)² − 1  the draws' relative variance
//	weights[k] = w_k / Σ_{l≥1} w_l, weights[0] = 0
//
// The weights leave the identity out, because with it the gradient would shrink, by
// K/(K+1) for a good proposal. But where w_0 > 1000 Σ_{k≥1} w_k the draws say nothing
// about the gradient, and the weights are w_k / Σ_{l≥0} w_l.
// Where all draws have density 0, upper is +∞ and spread is K−2; where the identity too has
// none, the results are NaN.
func ImportanceAverage(weights, logs, proposal []float64, logOrder float64) (lower, upper,
	spread float64) {
	k := len(logs)
	ratios := make([]float64, k) // log w
	for i, l := range logs {
		ratios[i] = l - proposal[i] - logOrder
	}
	lower = logs[0] - LogMeanExp(weights[:k-1], ratios[:k-1])
	mean := LogMeanExp(weights[1:], ratios[1:k])
	weights[0] = 0
	squares := 0.0
	for _, w := range weights {
		squares += float64(w * w)
	}
	if mean == math.Inf(-1) {
		squares = 1
	}
	if ratios[0] > mean+Log64(float64((k-1)*Missed)) {
		LogMeanExp(weights, ratios[:k])
	}
	return lower, logs[0] - mean, max(float64(float64(k-1)*squares)-1, 0)
}
