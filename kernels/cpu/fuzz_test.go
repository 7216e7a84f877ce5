package cpu_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// The fuzz targets hold every row of microkernels to package ref for arbitrary bits.

// everyRow is a device for every row.
func everyRow(t testing.TB) []kernels.Device {
	var all []kernels.Device
	for _, isa := range cpu.ISAsToTest() {
		all = append(all, newCPU(t, isa, 1))
	}
	return all
}

func floats32(data []byte) []float32 {
	x := make([]float32, len(data)/4)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return x
}

func floats64(data []byte) []float64 {
	x := make([]float64, len(data)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return x
}

// bytesOf is the inverse of floats32, for seeds.
func bytesOf(x ...float32) []byte {
	var data []byte
	for _, v := range x {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

func bytesOf64(x ...float64) []byte {
	var data []byte
	for _, v := range x {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return data
}

// seeds are vectors with a tail, special numbers in many places.
func seeds() [][]byte {
	inf, tiny := float32(math.Inf(1)), float32(math.SmallestNonzeroFloat32)
	var odd []float32
	for i := range 53 {
		odd = append(odd, []float32{0, 1, -1, tiny, -inf, 88.8, -104, inf - inf, 3e38,
			1e-3}[i*i%10]*float32(1+i%3))
	}
	return [][]byte{nil, bytesOf(1), bytesOf(inf, -inf, inf-inf), bytesOf(odd...),
		bytesOf(odd[:32]...)}
}

func FuzzUnary(f *testing.F) {
	devices := everyRow(f)
	for function := range byte(len(ref.Unary)) {
		for _, s := range seeds() {
			f.Add(function, s)
		}
	}
	f.Fuzz(func(t *testing.T, function byte, data []byte) {
		for _, d := range devices {
			kerneltest.Unary(t, d, kernels.Function(int(function)%len(ref.Unary)), floats32(data))
		}
	})
}

func FuzzActivationGrad(f *testing.F) {
	devices := everyRow(f)
	for a := range byte(3) {
		for _, s := range seeds() {
			f.Add(a, s)
		}
	}
	f.Fuzz(func(t *testing.T, a byte, data []byte) {
		x := floats32(data)
		n := len(x) / 2
		for _, d := range devices {
			kerneltest.ActivationGrad(t, d, kernels.Activation(a%3), x[:n], x[n:2*n])
		}
	})
}

func FuzzSoftmaxCrossEntropy(f *testing.F) {
	devices := everyRow(f)
	for _, s := range seeds() {
		f.Add(uint16(7), float32(0.1), s)
	}
	f.Fuzz(func(t *testing.T, label uint16, scale float32, data []byte) {
		x := floats32(data)
		if len(x) == 0 {
			return
		}
		for _, d := range devices {
			kerneltest.SoftmaxCrossEntropy(t, d, 1, len(x), scale, x, []int32{int32(int(label) % len(x))})
			kerneltest.Softmax(t, d, 1, len(x), x)
		}
	})
}

func FuzzGaussianScale(f *testing.F) {
	devices := everyRow(f)
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range devices {
			kerneltest.GaussianScale(t, d, floats32(data))
		}
	})
}

func FuzzKLGaussian(f *testing.F) {
	devices := everyRow(f)
	for _, s := range seeds() {
		f.Add(float32(0.3), s)
	}
	f.Fuzz(func(t *testing.T, prior float32, data []byte) {
		if !(prior > 0 && prior <= math.MaxFloat32) {
			return
		}
		x := floats32(data)
		n := len(x) / 4
		for _, d := range devices {
			kerneltest.KLGaussian(t, d, prior, 1, x[:n], x[n:2*n], 0, x[2*n:3*n], x[3*n:4*n])
		}
	})
}

func FuzzPairLogDensity(f *testing.F) {
	devices := everyRow(f)
	for _, s := range seeds() {
		f.Add(byte(2), s)
	}
	f.Fuzz(func(t *testing.T, neurons byte, data []byte) {
		x, n := floats32(data), 1+int(neurons%8)
		dim := len(x) / (4 * n)
		size := n * dim
		for _, d := range devices {
			kerneltest.PairLogDensity(t, d, 2, n, dim, x[:2*size], x[2*size:3*size], x[3*size:4*size])
		}
	})
}

func FuzzPermanent(f *testing.F) {
	devices := everyRow(f)
	inf := math.Inf(1)
	f.Add(byte(0), bytesOf64(3))
	f.Add(byte(1), bytesOf64(0, -inf, 5, 1e5))
	f.Add(byte(1), bytesOf64(inf, 0, 0, 0))
	f.Add(byte(1), bytesOf64(0, math.NaN(), -1e308, 1e308))
	f.Add(byte(2), bytesOf64(1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1))
	f.Fuzz(func(t *testing.T, size byte, data []byte) {
		c, n := floats64(data), 1+int(size%6)
		c = c[:len(c)/(n*n)*n*n]
		for _, d := range devices {
			kerneltest.Permanent(t, d, n, c)
		}
	})
}

// FuzzCases: every kind of case of the registry gives the bits of the portable row, at any length.
func FuzzCases(f *testing.F) {
	devices := everyRow(f)
	spec := newCPU(f, "portable", 1)
	kinds := kernelcase.Kinds()
	for i := range kinds {
		f.Add(uint16(i), uint16(0)) // the shortest
		f.Add(uint16(i), uint16(100+7*i))
	}
	f.Fuzz(func(t *testing.T, number, length uint16) {
		sizes := kernelcase.Small(50 + int(length%4000))
		kind := kinds[int(number)%len(kinds)]
		c := kind.Case(spec, sizes)
		c.Run()
		want := c.Contents(t)
		c.Free()
		for _, d := range devices {
			c := kind.Case(d, sizes)
			c.Run()
			for name, got := range c.Contents(t) {
				if got != want[name] {
					t.Errorf("%s, %s: %s differs from the portable row's, n = %d", d.Name(),
						kind.Name, name, sizes.N)
				}
			}
			c.Free()
		}
	})
}

// BenchmarkCases times every kind of the registry on every row, in the cache and far beyond it.
func BenchmarkCases(b *testing.B) {
	for _, isa := range cpu.ISAs() {
		for _, n := range []int{4096, 1 << 18} {
			for _, kind := range kernelcase.Kinds() {
				b.Run(fmt.Sprintf("%s/%d/%s", kind.Name, n, isa), func(b *testing.B) {
					c := kind.Case(newCPU(b, isa, 1), kernelcase.Small(n))
					for b.Loop() {
						c.Run()
					}
					c.Free()
				})
			}
		}
	}
}
