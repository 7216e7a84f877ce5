package bnn

import "github.com/symvi/symvi/kernels"

// uniform is the paper's estimator (Theorem 4.3): the log-mean-exp over the identity
// and uniform permutations.
type uniform struct{ permuted }

func newUniform(s *scratch, layers *neurons, pairs pairing, permutations, samples int) *uniform {
	return &uniform{newPermuted(s, layers, pairs, permutations, s.f64(samples))}
}

func (u *uniform) evaluate(w kernels.F32, samples int, key drawKey, _ bool) {
	u.pairs.densities(w, samples)
	for i, h := range u.hidden {
		u.device.RandomPermutations(kernels.RandomPermutations{Key: layerKey(key, i).Key,
			State: key.state, Batch: samples,
			Count: u.count, N: h.n, IdentityFirst: true, Dst: h.perms})
	}
	u.average(w, samples)
}
