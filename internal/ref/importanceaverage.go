package ref

import "math"

// ImportanceAverage bounds the information of an item from the K log-densities of
// permutations and their log-probabilities under the proposal, number 0 being the
// identity. With log w_k = logs[k] − proposal[k] − logOrder,
//
//	lower = logs[0] − log (1/(K−1)) Σ_{k<K−1} w_k    the identity and all draws but one
//	upper = logs[0] − log (1/(K−1)) Σ_{k≥1} w_k      the draws
//	spread = (K−1)·Σ_{k≥1} w_k² / (Σ_{k≥1} w_k)² − 1  the draws' relative variance
//	weights[k] = w_k / Σ_{l≥1} w_l, weights[0] = 0
//
// scratch holds K values. Where every draw has weight 0 the
// weights are equal, upper is +∞ and spread is 0.
func ImportanceAverage(weights, scratch, logs, proposal []float64, logOrder float64) (lower, upper, spread float64) {
	k := len(logs)
	for i, l := range logs {
		scratch[i] = l - proposal[i] - logOrder
	}
	lower = logs[0] - LogMeanExp(weights[:k-1], scratch[:k-1])
	mean := LogMeanExp(weights[1:], scratch[1:k])
	upper = logs[0] - mean
	if mean == math.Inf(-1) {
		for i := range weights {
			weights[i] = 1 / float64(k-1)
		}
	}
	weights[0] = 0
	squares := 0.0
	for _, w := range weights {
		squares += float64(w * w)
	}
	return lower, upper, max(float64(float64(k-1)*squares)-1, 0)
}
