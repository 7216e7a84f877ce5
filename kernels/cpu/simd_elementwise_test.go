package cpu

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

var unaryStride = flag.Uint64("kernels.stride", 4099, "test every n-th of the 2³² inputs of the "+
	"unary kernels")

// elementwiseKernel is a microkernel with args slices of one length; run returns its scalar
// results.
type elementwiseKernel struct {
	name string
	args int
	min  int // the shortest length it takes
	run  func(r *row, x [][]float32) []float64
}

// elementwiseKernels lists every kernel of this file's rows, in place too where that is allowed.
func elementwiseKernels() []elementwiseKernel {
	list := []elementwiseKernel{
		{"addBias", 2, 0, func(r *row, x [][]float32) []float64 { r.addBias(x[0], x[1]); return nil }},
		{"addTo", 2, 0, func(r *row, x [][]float32) []float64 { r.addTo(x[0], x[1]); return nil }},
		{"relu", 1, 0, func(r *row, x [][]float32) []float64 { r.relu(x[0]); return nil }},
		{"reluGrad", 3, 0, func(r *row, x [][]float32) []float64 {
			r.reluGrad(x[0], x[1], x[2])
			return nil
		}},
		{"reluGrad/dx=dy", 2, 0, func(r *row, x [][]float32) []float64 {
			r.reluGrad(x[1], x[0], x[1])
			return nil
		}},
		{"tanhGrad", 3, 0, func(r *row, x [][]float32) []float64 {
			r.tanhGrad(x[0], x[1], x[2])
			return nil
		}},
		{"tanhGrad/dx=dy", 2, 0, func(r *row, x [][]float32) []float64 {
			r.tanhGrad(x[1], x[0], x[1])
			return nil
		}},
		{"gaussianScale", 3, 0, func(r *row, x [][]float32) []float64 {
			r.gaussianScale(x[0], x[1], x[2])
			return nil
		}},
		{"gaussianScale/without 1/σ", 2, 0, func(r *row, x [][]float32) []float64 {
			r.gaussianScale(x[0], nil, x[1])
			return nil
		}},
		{"gaussianScaleGrad", 3, 0, func(r *row, x [][]float32) []float64 {
			r.gaussianScaleGrad(x[0], x[1], x[2])
			return nil
		}},
		{"gaussianScaleGrad/dρ=dσ", 2, 0, func(r *row, x [][]float32) []float64 {
			r.gaussianScaleGrad(x[0], x[0], x[1])
			return nil
		}},
		{"klGaussian", 5, 0, func(r *row, x [][]float32) []float64 {
			return []float64{r.klGaussian(x[0], x[1], x[2], x[3], x[4], 1)}
		}},
		{"klGaussian/weight", 5, 0, func(r *row, x [][]float32) []float64 {
			return []float64{r.klGaussian(x[0], x[1], x[2], x[3], x[4], 0.3)}
		}},
		{"adam", 4, 0, func(r *row, x [][]float32) []float64 {
			r.adam(x[0], x[1], x[2], x[3], kernels.AdamStep{LR: 1e-3, Beta1: 0.9, Beta2: 0.999,
				Epsilon: 1e-8, C1: 0.1, C2: 0.001, Correct1: 4.5, Correct2: 500})
			return nil
		}},
		{"keptGrad", 4, 0, func(r *row, x [][]float32) []float64 {
			r.keptGrad(x[0], x[1], x[2], x[3])
			return nil
		}},
		{"sum", 1, 0, func(r *row, x [][]float32) []float64 { return []float64{r.sum(x[0])} }},
		{"sumLog", 1, 0, func(r *row, x [][]float32) []float64 { return []float64{r.sumLog(x[0])} }},
		{"softmax", 2, 1, func(r *row, x [][]float32) []float64 {
			return twoFloats(r.softmax(x[0], x[1]))
		}},
		{"softmax/in place", 1, 1, func(r *row, x [][]float32) []float64 {
			return twoFloats(r.softmax(x[0], x[0]))
		}},
		{"gaussianNLL", 3, 0, func(r *row, x [][]float32) []float64 {
			return []float64{float64(r.gaussianNLL(x[0], x[1], x[2], 1.75, 0.3, 0.01))}
		}},
		{"gaussianNLL/in place", 2, 0, func(r *row, x [][]float32) []float64 {
			return []float64{float64(r.gaussianNLL(x[0], x[0], x[1], 1.75, 0.3, 0.01))}
		}},
	}
	for f, u := range ref.Unary {
		list = append(list,
			elementwiseKernel{u.Name, 2, 0, func(r *row, x [][]float32) []float64 {
				r.unary(x[0], x[1], f)
				return nil
			}},
			elementwiseKernel{u.Name + "/in place", 1, 0, func(r *row, x [][]float32) []float64 {
				r.unary(x[0], x[0], f)
				return nil
			}})
	}
	for _, at := range []int{0, 1, 2, 3} { // the label: first, last, in between
		list = append(list,
			elementwiseKernel{fmt.Sprintf("softmaxCrossEntropy/%d", at), 2, 1,
				func(r *row, x [][]float32) []float64 {
					return []float64{float64(r.softmaxCrossEntropy(x[0], x[1], at*(len(x[1])-1)/3, 0.01))}
				}},
			elementwiseKernel{fmt.Sprintf("softmaxCrossEntropy/%d/in place", at), 1, 1,
				func(r *row, x [][]float32) []float64 {
					return []float64{float64(r.softmaxCrossEntropy(x[0], x[0], at*(len(x[0])-1)/3, 0.01))}
				}})
	}
	for _, first := range []int{0, 1, 16, 37, 63, 64, 4096, 64*12345 + 5, 1<<34 - 64,
		1<<34 - 128 - 7} {
		key := kernels.Key{Seed: 0x243f6a8885a308d3, Stream: 0x13198a2e, Step: 0x03707344,
			Sample: 0xa4093822}
		if first == 64 {
			key = kernels.Key{}
		}
		list = append(list,
			elementwiseKernel{fmt.Sprintf("sampleGaussian/%d", first), 3, 0,
				func(r *row, x [][]float32) []float64 {
					r.sampleGaussian(x[0], nil, x[1], x[2], key, first, ahead{})
					return nil
				}},
			elementwiseKernel{fmt.Sprintf("sampleGaussianKeep/%d", first), 4, 0,
				func(r *row, x [][]float32) []float64 {
					r.sampleGaussian(x[0], x[1], x[2], x[3], key, first,
						newAhead(x[0], 1, []int32{0, 0, 0}, 2))
					return nil
				}},
			elementwiseKernel{fmt.Sprintf("sampleGaussianGrad/%d", first), 3, 0,
				func(r *row, x [][]float32) []float64 {
					r.sampleGaussianGrad(x[0], x[1], x[2], key, first)
					return nil
				}})
	}
	return list
}

func twoFloats(a, b float32) []float64 { return []float64{float64(a), float64(b)} }

// elementwiseInputs draws everyday numbers, zeros of both signs, special numbers or any bits.
func elementwiseInputs(rng *rand.Rand, kind, n int, dst []float32) {
	special := []uint32{0, 1, 0x007fffff, 0x00800000, 0x2b800000, 0x33800000, 0x3f200000,
		0x3f7fffff, 0x3f800000, 0x3faaaaab, 0x42b17218, 0x42b20000, 0x42cff1b5, 0x42d20000,
		0x4b000000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001}
	for i := range n {
		switch kind {
		case 0:
			dst[i] = float32(rng.NormFloat64())
		case 1:
			dst[i] = math.Float32frombits(rng.Uint32() & (1 << 31)) // 0 and −0
		case 2:
			dst[i] = float32(math.Abs(rng.NormFloat64())) + 1e-3
			if rng.IntN(8) == 0 {
				dst[i] = math.Float32frombits(special[rng.IntN(len(special))] | rng.Uint32()&(1<<31))
			}
		case 3:
			dst[i] = math.Float32frombits(special[rng.IntN(len(special)-3)] | rng.Uint32()&(1<<31))
		default:
			dst[i] = math.Float32frombits(rng.Uint32())
		}
	}
}

const elementwiseKinds = 5

// sameBits compares bits; the payloads of NaNs are unspecified.
func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// TestElementwise holds every row to the specification: every tail, any alignment, guards
// around every slice.
func TestElementwise(t *testing.T) {
	const guard = 17
	lengths := append(upTo(130), 255, 256, 257, 1000, 4095, 4096)
	if testing.Short() {
		lengths = append(upTo(18), 31, 33, 63, 64, 65, 79, 81, 127, 145, 255)
	}
	spec := portable()
	for _, r := range testRows() {
		for _, k := range elementwiseKernels() {
			t.Run(r.name+"/"+k.name, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(31, 41))
				for _, n := range lengths {
					if n < k.min {
						continue
					}
					for kind := range elementwiseKinds {
						var got, want, gotArgs, wantArgs [][]float32
						for range k.args {
							g := make([]float32, guard+n+guard+rng.IntN(16))
							elementwiseInputs(rng, kind, len(g), g)
							w := append([]float32(nil), g...)
							at := len(g) - n - guard
							got, want = append(got, g), append(want, w)
							gotArgs, wantArgs = append(gotArgs, g[at:at+n:at+n]), append(wantArgs, w[at:at+n:at+n])
						}
						y, z := k.run(r, gotArgs), k.run(spec, wantArgs)
						for i := range z {
							if math.Float64bits(y[i]) != math.Float64bits(z[i]) && !(y[i] != y[i] && z[i] != z[i]) {
								t.Fatalf("n = %d, inputs %d: result %d is %x, want %x", n, kind, i, y[i], z[i])
							}
						}
						for a := range got {
							for i := range got[a] {
								if !sameBits(got[a][i], want[a][i]) {
									t.Fatalf("n = %d, inputs %d: argument %d, element %d is %x, "+
										"want %x", n, kind, a, i-(len(got[a])-n-guard), got[a][i], want[a][i])
								}
							}
						}
					}
				}
			})
		}
	}
}

// TestUnarySweep compares every n-th float32, NaNs and all.
func TestUnarySweep(t *testing.T) {
	stride := *unaryStride
	src, got, want := make([]float32, 4096), make([]float32, 4096), make([]float32, 4096)
	for f, u := range ref.Unary {
		for w := uint64(0); w < 1<<32; w += stride * uint64(len(src)) {
			for i := range src {
				src[i] = math.Float32frombits(uint32(w + stride*uint64(i)))
			}
			ref.UnarySlice(want, src, f)
			for _, r := range testRows() {
				r.unary(got, src, f)
				for i := range got {
					if !sameBits(got[i], want[i]) {
						t.Fatalf("%s: %s(%x) = %x, want %x", r.name, u.Name, src[i], got[i], want[i])
					}
				}
			}
		}
	}
}

// TestSampleGaussianLong compares a million elements of the noise itself, so that rare branches
// are met.
func TestSampleGaussianLong(t *testing.T) {
	const n = 1 << 20
	key := kernels.Key{Seed: 1<<63 + 12345, Stream: 3, Step: 1 << 31, Sample: 7}
	zero, one, got, want := make([]float32, n), make([]float32, n), make([]float32, n),
		make([]float32, n)
	for i := range one {
		one[i] = 1
	}
	ref.SampleGaussian(want, zero, one, ref.Key(key), 0)
	for _, r := range testRows() {
		r.sampleGaussian(got, nil, zero, one, key, 0, ahead{})
		for i := range got {
			if !sameBits(got[i], want[i]) {
				t.Fatalf("%s: element %d is %x, want %x", r.name, i, got[i], want[i])
			}
		}
	}
}
