package ref

// ConditionalSquares writes to every sums[i], n in number, a chain over the columns b:
//
//	sums[i] = Σ_b z²,  z = (w[columns[b]·n + i] − μ[b])·(1/σ[b])
//
// w holds the weights of neuron i in its column i, so that neighbouring sums read neighbours.
// The sum is float32: it makes a proposal, whose weights correct for what it lacks.
func ConditionalSquares(sums, w []float32, columns []int32, mu, invSigma []float32) {
	n := len(sums)
	clear(sums)
	for b, j := range columns {
		m, inv := mu[b], invSigma[b]
		for i, x := range w[int(j)*n : (int(j)+1)*n] {
			z := (x - m) * inv
			sums[i] = FMA(z, z, sums[i])
		}
	}
}
