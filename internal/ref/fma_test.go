package ref

import (
	"math"
	"math/big"
	"testing"
)

func TestFMA(t *testing.T) {
	n := 1_000_000
	if *exhaustive {
		n = 50_000_000
	}
	parallel(func(worker, workers int) {
		exact := newExactFMA()
		for i := worker; i < n; i += workers {
			a, b, c := fmaTriple(Key{Seed: 0xf3a}.Words(uint32(i)))
			if got, want := FMA(a, b, c), exact.fma(a, b, c); !sameFloat(got, want) {
				t.Errorf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
				return
			}
		}
	})
}

func TestFMASpecials(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	zero := float32(0)
	s := []float32{0, -zero, 1, -1, 1.5, inf, -inf, nan, math.MaxFloat32, -math.MaxFloat32,
		0x1p-126, -0x1p-126, 0x1p-149, -0x1p-149, 0x1.fffffep-127, 0x1p-75, 0x1p-74, 0x1.000002p-75,
		0x1p64, 0x1p104, 0x1p-24, 0x1.fffffep-25, 0x1.fffffep+103}
	exact := newExactFMA()
	for _, a := range s {
		for _, b := range s {
			for _, c := range s {
				if got, want := FMA(a, b, c), exact.fma(a, b, c); !sameFloat(got, want) {
					t.Errorf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
				}
			}
		}
	}
}

// fmaTriple makes a hard case for FMA, of a kind chosen by the last word.
func fmaTriple(w [4]uint32) (a, b, c float32) {
	f := math.Float32frombits
	a, b, c = f(w[0]), f(w[1]), f(w[2])
	small := float32(int32(w[3]>>8%9) - 4) // −4 … 4
	switch w[3] % 8 {
	case 0: // any bits at all
	case 1: // cancellation
		b = f(w[1]&^(0x7f<<24) | 0x3f<<24)
		c = -float32(a * b)
		c = f(math.Float32bits(c) + uint32(int32(small)))
	case 2, 3: // a·b within 2⁻⁴⁶ of half an ulp of c: near ties
		exp := w[2]>>23&0xff%200 + 40
		c = f(exp<<23 | w[2]&(1<<23-1))
		k := float32(w[0]%64) * 0x1p-23
		a = 1 + k
		b = f((exp-24)<<23) * (1 - k)
		if w[3]>>16&1 == 1 {
			b = -b
		}
	case 4: // products and sums around the subnormals
		a = f(w[0]&^(0xff<<23) | (w[0]>>23&0x3f+20)<<23)
		b = f(w[1]&^(0xff<<23) | (w[1]>>23&0x3f+20)<<23)
		c = f(w[2] &^ (0x7c << 24))
	case 5: // ties in the subnormals: 2⁻¹⁴⁹·(c + ½ ± tiny)
		c = f(w[2] &^ (0xff << 23))
		a = 0x1p-75 * (1 + float32(w[0]%64)*0x1p-23)
		b = 0x1p-75 * (1 - float32(w[0]%64)*0x1p-23 + small*0x1p-23)
	case 6: // the brink of overflow
		c = f(0x7f7fffff - w[2]%16)
		a = 0x1p52 * (1 + float32(w[0]%64)*0x1p-23)
		b = 0x1p51 * (1 - float32(w[0]%64)*0x1p-23) * (small + 1)
	case 7: // few bits: exact results and exact ties
		a, b, c = float32(int32(w[0])>>20), float32(int32(w[1])>>18)*0x1p-20, float32(int32(w[2])>>8)
	}
	return a, b, c
}

func sameFloat(x, y float32) bool {
	return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
}

// exactFMA holds the temporaries of an FMA in arbitrary precision.
type exactFMA struct{ a, b, c big.Float }

func newExactFMA() *exactFMA {
	e := new(exactFMA)
	for _, x := range []*big.Float{&e.a, &e.b, &e.c} {
		x.SetPrec(640) // from 2²⁵⁶ to 2⁻²⁹⁸
	}
	return e
}

func (e *exactFMA) fma(a, b, c float32) float32 {
	if s := a*0 + b*0 + c*0; s != 0 {
		return float32(float64(a)*float64(b) + float64(c)) // an Inf or a NaN: nothing is rounded
	}
	e.a.SetFloat64(float64(a))
	e.b.SetFloat64(float64(b))
	e.c.SetFloat64(float64(c))
	e.a.Mul(&e.a, &e.b)
	f, _ := e.a.Add(&e.a, &e.c).Float32()
	return f
}

// An axpy with FMA and one with its lines repeated: the difference is the call.
func BenchmarkFMA(b *testing.B) {
	var x, y [1024]float32
	Key{Seed: 1}.Normals(x[:], 0)
	b.Run("call", func(b *testing.B) {
		for b.Loop() {
			for i, v := range x {
				y[i] = FMA(v, 0.75, y[i])
			}
			clear(y[:16])
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/FMA")
	})
	b.Run("inlined", func(b *testing.B) {
		for b.Loop() {
			for i, v := range x {
				s := float64(v)*0.75 + float64(y[i])
				if FMAUnsure(s) {
					y[i] = FMAOdd(v, 0.75, y[i])
				} else {
					y[i] = float32(s)
				}
			}
			clear(y[:16])
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/FMA")
	})
}
