package ref

// PairLogDensity writes one row of the pair log-density matrix, for one
// component (μ, 1/σ) of d parameters against n sampled neurons w (n×d, row-major):
//
//	c[j] = logNorm − ½ Σ_p z²,  z = (w[j,p] − μ[p])·(1/σ[p])
//
// z is float32 and its square is accumulated in float64 lanes over the whole
// row (d is not chunked): a float32 sum would cost 4e-4 nats at d = 800.
func PairLogDensity(c []float64, w, mu, invSigma []float32, logNorm float64) {
	d := len(mu)
	for j := range c {
		row := w[j*d : (j+1)*d]
		var acc [Lanes]float64
		for p, x := range row {
			z := (x - mu[p]) * invSigma[p]
			acc[p%Lanes] += float64(z) * float64(z)
		}
		c[j] = logNorm - float64(0.5*tree64(&acc))
	}
}

// PairGrad writes the gradient with respect to one neuron w of Σ_i a_i·(−log N(w; μ_i, σ_i)):
// PairGradAdd from 0 over the n rows of mu and invSigma in increasing i, where a_i is
// coefficients[i·stride] and those of exactly 0 are left out.
func PairGrad(dw, w, mu, invSigma, coefficients []float32, stride, n int) {
	clear(dw)
	d := len(w)
	for i := range n {
		if a := coefficients[i*stride]; a != 0 {
			PairGradAdd(dw, w, mu[i*d:(i+1)*d], invSigma[i*d:(i+1)*d], a)
		}
	}
}

// PairGradAdd adds coefficient·(w − μ)/σ² to dw over one neuron:
// t = (w − μ)·(1/σ);  dw = fma(coefficient, t·(1/σ), dw).
func PairGradAdd(dw, w, mu, invSigma []float32, coefficient float32) {
	for p, x := range w {
		t := float32((x-mu[p])*invSigma[p]) * invSigma[p]
		dw[p] = FMA(coefficient, t, dw[p])
	}
}

// PermutedPair returns Σ_b z² over one row of a weight matrix between two
// permuted layers, z = (w[columns[b]] − μ[b])·(1/σ[b]), in float64 lanes.
func PermutedPair(w, mu, invSigma []float32, columns []int32) float64 {
	var acc [Lanes]float64
	for b, j := range columns {
		z := (w[j] - mu[b]) * invSigma[b]
		acc[b%Lanes] += float64(z) * float64(z)
	}
	return tree64(&acc)
}

// PermutedGradAdd is PairGradAdd for such a row: component b explains element columns[b].
func PermutedGradAdd(dw, w, mu, invSigma []float32, columns []int32, coefficient float32) {
	for b, j := range columns {
		t := float32((w[j]-mu[b])*invSigma[b]) * invSigma[b]
		dw[j] = FMA(coefficient, t, dw[j])
	}
}
