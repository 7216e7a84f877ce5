package cpu

import "github.com/symvi/symvi/kernels"

// keptNoise is the noise of the samples that the last GaussianStep drew: the gradient of the step
// after it needs the same numbers, which a load brings sooner than drawing them again.
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

// keep says that the memory of room now holds the numbers of key.
func (k *keptNoise) keep(key kernels.Key, samples, n int) {
	k.key, k.samples, k.n = key, samples, n
}
