package cpu

import (
	"slices"

	"github.com/symvi/symvi/kernels"
)

// keptNoise is the noise of the samples that the last GaussianStep drew, or those that were drawn
// for ShardGradients: their gradient needs the same numbers, which a load brings sooner than
// drawing them again.
type keptNoise struct {
	key        kernels.Key
	samples, n int // 0 samples if nothing is kept
	noise      []float32
}

// mostKept is how many numbers are kept at most, 8 MiB. Beyond it they would come from main memory.
const mostKept = 1 << 21

// take returns the samples×n numbers of key if they are what is kept, else nil. They are no
// longer kept then: whoever takes them may overwrite them.
func (k *keptNoise) take(key kernels.Key, samples, n int) []float32 {
	if k.key != key || k.samples != samples || k.n != n {
		return nil
	}
	k.samples = 0
	return k.noise[:samples*n]
}

// room is memory for samples×n numbers, nil if they are too many.
func (k *keptNoise) room(samples, n int) []float32 {
	if samples*n > mostKept {
		return nil
	}
	k.samples = 0
	return grow(&k.noise, samples*n)
}

// roomBehind is room for samples×n numbers behind those that are kept, if they are those of the
// samples before key's, else instead of them.
func (k *keptNoise) roomBehind(key kernels.Key, samples, n int) []float32 {
	all := (k.samples + samples) * n
	if k.samples == 0 || k.n != n || advance(k.key, k.samples) != key || all > mostKept {
		return k.room(samples, n)
	}
	k.noise = slices.Grow(k.noise[:k.samples*n], samples*n)[:all]
	return k.noise[k.samples*n:]
}

// keep says that the memory of room or roomBehind now holds the numbers of key.
func (k *keptNoise) keep(key kernels.Key, samples, n int) {
	if k.samples == 0 {
		k.key, k.n = key, n
	}
	k.samples += samples
}

// of returns the n numbers of the sample of key if they are kept, else nil.
func (k *keptNoise) of(key kernels.Key, n int) []float32 {
	first, i := k.key, int(key.Sample-k.key.Sample)
	if first.Sample = key.Sample; first != key || k.n != n || i >= k.samples {
		return nil
	}
	return k.noise[i*n : (i+1)*n]
}

// noiseGrad is SampleGaussianGrad of one sample from element first on, whose noise was kept or,
// where it is nil, is drawn again.
func (r *row) noiseGrad(dMu, dSigma, dw, noise []float32, key kernels.Key, first int) {
	if noise != nil {
		r.keptGrad(dMu, dSigma, dw, noise)
	} else {
		r.sampleGaussianGrad(dMu, dSigma, dw, key, first)
	}
}
