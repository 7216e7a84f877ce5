package kernels

import "github.com/symvi/symvi/internal/ref"

// Key identifies a sequence of random numbers: everything drawn is a pure function of the key and
// a position in it, so that any device, thread or split of the work can draw any part again.
// The generator is Philox4x32-10; see ref.Key. Use a Stream for one purpose only.
type Key struct {
	Seed                 uint64
	Stream, Step, Sample uint32
}

// Words returns the four random words of a block.
func (k Key) Words(block uint32) [4]uint32 { return ref.Key(k).Words(block) }

// Normal returns element e ≥ 0, e < 2³⁴, of the key's vector of standard normal numbers, of which
// SampleGaussian takes its noise.
func (k Key) Normal(e int) float32 { return ref.Key(k).Normal(e) }

// Normals fills dst with the elements first … first+len(dst)−1 of that vector, in plain Go;
// cpu.Normals is faster.
func (k Key) Normals(dst []float32, first int) { ref.Key(k).Normals(dst, first) }

// Permutation fills dst with the key's uniformly random permutation of 0 … len(dst)−1 of the given
// index; index·⌈(len(dst)−1)/4⌉ must stay below 2³².
func (k Key) Permutation(dst []int32, index uint32) { ref.Key(k).Permutation(dst, index) }
