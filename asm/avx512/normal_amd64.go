package avx512

// SampleGaussian computes, for e = first+i and every i < len(w):
//
//	z := boxMuller(philox([4]uint32{16*(e/64) + e%16, stream, step, sample}, seed)) // four numbers
//	w[i] = fma(sigma[i], z[e/16%4], mu[i])
func SampleGaussian(w, mu, sigma []float32, seed uint64, stream, step, sample uint32, first int) {
	s := newSchedule(seed, stream, step, sample)
	for len(w) > 0 {
		block, from := uint32(first/group*lanes), first%group
		n := min(group-from, len(w))
		if whole := len(w) / group; from == 0 && whole > 0 {
			n = whole * group
			sampleGroups(&w[0], &mu[0], &sigma[0], whole, block, &s)
		} else {
			var m, d [group]float32 // the part of a group that is asked for
			copy(m[from:], mu[:n])
			copy(d[from:], sigma[:n])
			sampleGroups(&m[0], &m[0], &d[0], 1, block, &s)
			copy(w, m[from:from+n])
		}
		w, mu, sigma, first = w[n:], mu[n:], sigma[n:], first+n
	}
}

// SampleGaussianGrad computes, for every i < len(dw), with z as in SampleGaussian:
//
//	dMu[i] += dw[i]
//	dSigma[i] = fma(dw[i], z[e/16%4], dSigma[i])
func SampleGaussianGrad(dMu, dSigma, dw []float32, seed uint64, stream, step, sample uint32,
	first int) {
	s := newSchedule(seed, stream, step, sample)
	for len(dw) > 0 {
		block, from := uint32(first/group*lanes), first%group
		n := min(group-from, len(dw))
		if whole := len(dw) / group; from == 0 && whole > 0 {
			n = whole * group
			sampleGradGroups(&dMu[0], &dSigma[0], &dw[0], whole, block, &s)
		} else {
			var m, d, g [group]float32
			copy(m[from:], dMu[:n])
			copy(d[from:], dSigma[:n])
			copy(g[from:], dw[:n])
			sampleGradGroups(&m[0], &d[0], &g[0], 1, block, &s)
			copy(dMu, m[from:from+n])
			copy(dSigma, d[from:from+n])
		}
		dMu, dSigma, dw, first = dMu[n:], dSigma[n:], dw[n:], first+n
	}
}

const (
	lanes = 16 // blocks of a group, one in each lane
	group = 4 * lanes

	philoxM0 = 0xd2511f53
	philoxM1 = 0xcd9e8d57
	philoxW0 = 0x9e3779b9
	philoxW1 = 0xbb67ae85
)

// schedule holds what the rounds of Philox add to the counter. Only counter word 0, the block,
// differs between lanes, so in the first three rounds what does not depend on it is merged into
// the key:
//
//	[0]        the second key of round 1, with the sample
//	[1], [2]   the keys of round 2, the first with the low half of round 1's product
//	[3], [4]   the keys of round 3, the second with the low half of round 2's product
//	[5], [6]   … [17], [18]   the keys of rounds 4 … 10
type schedule [19]uint32

func newSchedule(seed uint64, stream, step, sample uint32) (s schedule) {
	k0, k1 := uint32(seed), uint32(seed>>32)
	q := philoxM1 * uint64(step) // round 1
	c0 := uint32(q>>32) ^ stream ^ k0
	s[0] = sample ^ k1
	p := philoxM0 * uint64(c0) // round 2
	k0 += philoxW0
	k1 += philoxW1
	s[1] = uint32(q) ^ k0
	s[2] = uint32(p>>32) ^ k1
	k0 += philoxW0
	k1 += philoxW1
	s[3] = k0
	s[4] = uint32(p) ^ k1
	for i := 5; i < len(s); i += 2 {
		k0 += philoxW0
		k1 += philoxW1
		s[i], s[i+1] = k0, k1
	}
	return s
}

// sampleGroups is SampleGaussian for whole groups of 64 elements, the first with the given
// first block.
//
//go:noescape
func sampleGroups(w, mu, sigma *float32, groups int, block uint32, s *schedule)

// sampleGradGroups is SampleGaussianGrad for whole groups of 64 elements.
//
//go:noescape
func sampleGradGroups(dMu, dSigma, dw *float32, groups int, block uint32, s *schedule)
