package kerneltest

import (
	"math"
	"math/rand/v2"

	"github.com/symvi/symvi/internal/kernelcase"
)

// inputs makes the same numbers in every run.
type inputs struct{ *rand.Rand }

func newInputs() inputs { return inputs{rand.New(rand.NewPCG(2718, 2818))} }

// lengths of an elementwise operation: every tail of every vector width, and the ends of chunks.
func lengths() []int {
	var n []int
	for i := range 66 {
		n = append(n, i)
	}
	return append(n, 4095, 4096, 4097, 3*4096+17)
}

// special holds the float32 at which implementations go wrong.
var special = func() []float32 {
	var s []float32
	for _, b := range []uint32{
		0x00000000,                                     // 0
		0x00000001, 0x00000100, 0x007fffff, 0x00800000, // subnormal numbers and the least normal one
		0x0c000000, 0x1e000000, 0x2b800000, 0x33800000, // 2⁻¹⁰³, …, 2⁻⁴⁰, 2⁻²⁴
		// about ½, 5/8, 2/3, 1, 4/3
		0x3f000000, 0x3f200000, 0x3f2aaaab, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3faaaaab,
		0x3f317218, 0x40490fdb, 0x41100000, 0x41a00000, // log 2, π, 9, 20
		0x42aeac50, 0x42b17218, 0x42b20000, 0x42cff1b5, 0x42d20000, // where exp overflows and underflows
		// 2¹⁶, 2²³, 2⁶³, 2¹²⁷, the largest, Inf
		0x47800000, 0x4b000000, 0x5f000000, 0x7f000000, 0x7f7fffff, 0x7f800000,
		0x7fc00000, 0x7f800001, // NaNs, quiet and signalling
	} {
		s = append(s, math.Float32frombits(b), math.Float32frombits(b|1<<31))
	}
	return s
}()

// wild mixes special numbers, arbitrary bits and everyday numbers.
func (in inputs) wild(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch in.IntN(4) {
		case 0:
			x[i] = special[in.IntN(len(special))]
		case 1:
			x[i] = math.Float32frombits(in.Uint32())
		default:
			x[i] = float32(in.NormFloat64() * 5)
		}
	}
	return x
}

// normal draws everyday numbers; now and then one is 0 or −0.
func (in inputs) normal(n int, std float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch v := in.NormFloat64(); {
		case v > 2.5:
			x[i] = 0
		case v < -2.5:
			x[i] = float32(math.Copysign(0, -1))
		default:
			x[i] = float32(v * std)
		}
	}
	return x
}

// positive draws numbers about e^±spread.
func (in inputs) positive(n int, spread float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Exp(in.NormFloat64() * spread))
	}
	return x
}

// either draws everyday or wild numbers.
func (in inputs) either(wild bool, n int) []float32 {
	if wild {
		return in.wild(n)
	}
	return in.normal(n, 2)
}

// normal64 draws everyday float64 numbers.
func (in inputs) normal64(n int, std float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = in.NormFloat64() * std
	}
	return x
}

// wild64 mixes zeros, infinities, NaN, subnormal, huge and everyday numbers.
func (in inputs) wild64(n int) []float64 {
	odd := []float64{0, math.Inf(1), math.NaN(), 5e-324, 1e308, 745.2, 709.9, 1}
	x := in.normal64(n, 30)
	for i := range x {
		if k := in.IntN(4 * len(odd)); k < 2*len(odd) {
			x[i] = math.Copysign(odd[k/2], float64(k%2)-0.5)
		}
	}
	return x
}

// bytes are any.
func (in inputs) bytes(n int) []uint8 {
	x := make([]uint8, n)
	for i := range x {
		x[i] = uint8(in.IntN(256))
	}
	return x
}

// table is the i-th of several tables of bytes: any numbers, b/d, and b/d but for one or two.
func (in inputs) table(i int) []float32 {
	if i%3 == 0 {
		return in.wild(256)
	}
	x := kernelcase.Pixels([]float32{255, 1, 7, 256, 0.3, 1e30}[i/3%6])
	if i%3 == 2 {
		b := in.IntN(256)
		x[b] = math.Nextafter32(x[b], 2)
		if i%2 == 0 {
			x[0] = float32(math.Copysign(0, -1))
		}
	}
	return x
}

// indices draws n numbers below limit.
func (in inputs) indices(n, limit int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(in.IntN(limit))
	}
	return x
}

// permutations draws count permutations of 0 … n−1 for every item, the first of each the identity.
func (in inputs) permutations(items, count, n int) []int32 {
	x := make([]int32, 0, items*count*n)
	for range items {
		for k := range count {
			p := make([]int32, n)
			for i := range p {
				p[i] = int32(i)
			}
			if k > 0 {
				in.Shuffle(n, func(i, j int) { p[i], p[j] = p[j], p[i] })
			}
			x = append(x, p...)
		}
	}
	return x
}

// sparse are normal numbers, half of them 0.
func (in inputs) sparse(n int) []float32 {
	x := in.normal(n, 1)
	for i := range x {
		if in.IntN(2) == 0 {
			x[i] = 0
		}
	}
	return x
}
