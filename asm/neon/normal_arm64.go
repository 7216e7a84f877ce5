package neon

// noiseGroup elements of noise come from sixteen Philox blocks: element e is word
// (e/16)%4 of block 16·(e/64) + e%16.
const noiseGroup = 64

// SampleGaussian computes w = fma(σ, ε, μ) for the elements first … first+len(w)−1
// of the noise ε of key {seed, stream, step, sample}:
//
//	for i := range w { w[i] = fma(sigma[i], key.Normal(first+i), mu[i]) }
func SampleGaussian(w, mu, sigma []float32, seed uint64, stream, step, sample uint32, first int) {
	block := uint32(first / noiseGroup * 16)
	if from := first % noiseGroup; from != 0 {
		n := min(len(w), noiseGroup-from)
		samplePart(w[:n], mu, sigma, seed, stream, step, sample, block, from)
		w, mu, sigma = w[n:], mu[n:], sigma[n:]
		block += 16
	}
	whole := len(w) / noiseGroup * noiseGroup
	sampleGroups(w[:whole], mu, sigma, seed, stream, step, sample, block)
	if whole < len(w) {
		samplePart(w[whole:], mu[whole:], sigma[whole:], seed, stream, step, sample,
			block+uint32(whole/4), 0)
	}
}

// samplePart computes the elements from … from+len(w)−1 of one group.
func samplePart(w, mu, sigma []float32, seed uint64, stream, step, sample, block uint32, from int) {
	var wide [3][noiseGroup]float32
	copy(wide[1][from:], mu[:len(w)])
	copy(wide[2][from:], sigma[:len(w)])
	sampleGroups(wide[0][:], wide[1][:], wide[2][:], seed, stream, step, sample, block)
	copy(w, wide[0][from:])
}

// sampleGroups is SampleGaussian for whole groups, from the one that starts at block.
//
//go:noescape
func sampleGroups(w, mu, sigma []float32, seed uint64, stream, step, sample, block uint32)

// SampleGaussianGrad adds one sample's gradient dw to dμ and dσ, regenerating the ε
// of SampleGaussian:
//
//	for i, d := range dw { dMu[i] += d; dSigma[i] = fma(d, key.Normal(first+i), dSigma[i]) }
func SampleGaussianGrad(dMu, dSigma, dw []float32, seed uint64, stream, step, sample uint32,
	first int) {
	block := uint32(first / noiseGroup * 16)
	if from := first % noiseGroup; from != 0 {
		n := min(len(dw), noiseGroup-from)
		sampleGradPart(dMu, dSigma, dw[:n], seed, stream, step, sample, block, from)
		dMu, dSigma, dw = dMu[n:], dSigma[n:], dw[n:]
		block += 16
	}
	whole := len(dw) / noiseGroup * noiseGroup
	sampleGradGroups(dMu, dSigma, dw[:whole], seed, stream, step, sample, block)
	if whole < len(dw) {
		sampleGradPart(dMu[whole:], dSigma[whole:], dw[whole:], seed, stream, step, sample,
			block+uint32(whole/4), 0)
	}
}

// sampleGradPart treats the elements from … from+len(dw)−1 of one group.
func sampleGradPart(dMu, dSigma, dw []float32, seed uint64, stream, step, sample, block uint32,
	from int) {
	var wide [3][noiseGroup]float32
	copy(wide[0][from:], dMu[:len(dw)])
	copy(wide[1][from:], dSigma[:len(dw)])
	copy(wide[2][from:], dw)
	sampleGradGroups(wide[0][:], wide[1][:], wide[2][:], seed, stream, step, sample, block)
	copy(dMu[:len(dw)], wide[0][from:])
	copy(dSigma[:len(dw)], wide[1][from:])
}

// sampleGradGroups is SampleGaussianGrad for whole groups, from the one that starts at block.
//
//go:noescape
func sampleGradGroups(dMu, dSigma, dw []float32, seed uint64, stream, step, sample, block uint32)
