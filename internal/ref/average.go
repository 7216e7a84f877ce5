package ref

import "math"

// GatherAdd returns start + Σ_i c[i, τ(i)], added in increasing i; c is n×n.
func GatherAdd(start float64, c []float64, tau []int32) float64 {
	n := len(tau)
	for i, j := range tau {
		start += c[i*n+int(j)]
	}
	return start
}

// GatherAddAll adds GatherAdd's sum for each of the len(logs) permutations of perms to logs.
func GatherAddAll(logs, c []float64, perms []int32, n int) {
	for k := range logs {
		logs[k] = GatherAdd(logs[k], c, perms[k*n:(k+1)*n])
	}
}

// LogMeanExp returns log (1/K) Σ_k e^{x_k} and writes the weights
// e^{x_k}/Σ e^{x}, all float64. When every x is −∞ the result is −∞ and the weights are NaN.
func LogMeanExp(weights, x []float64) float64 {
	largest, sum := Weights(weights, x)
	if largest == math.Inf(-1) {
		return largest
	}
	return largest + Log64(sum/float64(len(x)))
}

// Weights writes e^{x_k}/Σ e^{x} and returns the largest x and the sum of e^{x_k − largest}, a
// chain in increasing k. The largest is x[0] unless a later x compares greater.
func Weights(weights, x []float64) (largest, sum float64) {
	largest = x[0]
	for _, v := range x {
		if v > largest {
			largest = v
		}
	}
	for k, v := range x {
		weights[k] = Exp64(v - largest)
		sum += weights[k]
	}
	for k := range weights {
		weights[k] /= sum
	}
	return largest, sum
}

// ScatterAdd adds weights[k] to c[i, τ_k(i)] for every i, in increasing k; c is n×n, perms is K×n.
func ScatterAdd(c, weights []float64, perms []int32, n int) {
	for k, w := range weights {
		for i, j := range perms[k*n : (k+1)*n] {
			c[i*n+int(j)] += w
		}
	}
}

// MarginalsMinusIdentity writes P − I for P_ij = Σ_k w_k [τ_k(i) = j]; sums are
// float64 chains in increasing k from −[i = j], rounded once to float32 at the end.
// coefficients is n×n, perms is K×n.
func MarginalsMinusIdentity(coefficients []float32, weights []float64, perms []int32, n int) {
	sums := make([]float64, n*n)
	for i := range n {
		sums[i*n+i] = -1
	}
	ScatterAdd(sums, weights, perms, n)
	for i, p := range sums {
		coefficients[i] = float32(p)
	}
}

// LogFactorial returns log n!, a chain of Log64 from 2 to n.
func LogFactorial(n int) float64 {
	s := 0.0
	for i := 2; i <= n; i++ {
		s += Log64(float64(i))
	}
	return s
}

// LogSumExpAdd adds the terms e^{−x} to the running sums that (largest, sum) stand
// for, log Σ = largest + log sum; an empty sum is (−∞, 0), and x = +∞ adds nothing.
func LogSumExpAdd(largest, sum []float64, x []float32) {
	for i, v := range x {
		l := -float64(v)
		if l > largest[i] {
			sum[i] = float64(sum[i]*Exp64(largest[i]-l)) + 1
			largest[i] = l
		} else if l != math.Inf(-1) { // −∞ − (−∞) would make a NaN of an empty sum
			sum[i] += Exp64(l - largest[i])
		}
	}
}
