package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// guarded returns n values that lie between guard zones of 64, at an odd offset, and a function
// that reports whether the guards are untouched.
func guarded[T kernels.Element](n int) ([]T, func() bool) {
	const zone, guard = 65, 77
	all := make([]T, n+2*zone)
	for i := range all {
		all[i] = guard
	}
	return all[zone : zone+n : zone+n], func() bool {
		for i, v := range all {
			if (i < zone || i >= zone+n) && v != guard {
				return false
			}
		}
		return true
	}
}

// pairCase makes the inputs of the tests of this file: Gaussian, or with every kind of special
// value.
type pairCase struct {
	*rand.Rand
	wild bool
}

func (c pairCase) float32s(n int) []float32 {
	s, _ := guarded[float32](n)
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)),
		float32(math.Inf(-1)), float32(math.NaN()), math.SmallestNonzeroFloat32,
		-math.SmallestNonzeroFloat32, math.MaxFloat32, -math.MaxFloat32, 1e-39, 0x1p-126, 1}
	for i := range s {
		s[i] = float32(c.NormFloat64())
		if c.wild && c.IntN(3) == 0 {
			s[i] = special[c.IntN(len(special))]
		} else if c.wild {
			s[i] = math.Float32frombits(c.Uint32())
		}
	}
	return s
}

func (c pairCase) float64s(n int, std float64) []float64 {
	s, _ := guarded[float64](n)
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(),
		math.SmallestNonzeroFloat64, math.MaxFloat64, -math.MaxFloat64, 1e-310, 1}
	for i := range s {
		s[i] = std * c.NormFloat64()
		if c.wild && c.IntN(20) == 0 {
			s[i] = special[c.IntN(len(special))]
		}
	}
	return s
}

func (c pairCase) permutations(k, n int) []int32 {
	s, _ := guarded[int32](k * n)
	for i := range k {
		for j, v := range c.Perm(n) {
			s[i*n+j] = int32(v)
		}
	}
	return s
}

func same32(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) && (a[i] == a[i] || b[i] == b[i]) {
			return i
		}
	}
	return -1
}

func same64(a, b []float64) int {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) && (a[i] == a[i] || b[i] == b[i]) {
			return i
		}
	}
	return -1
}

// forPairRows runs f for every row of microkernels, with tame and with wild inputs.
func forPairRows(t *testing.T, f func(t *testing.T, r *row, c pairCase)) {
	for _, r := range testRows() {
		for _, wild := range []bool{false, true} {
			name := r.name
			if wild {
				name += "/wild"
			}
			t.Run(name, func(t *testing.T) { f(t, r, pairCase{rand.New(rand.NewPCG(1, 2)), wild}) })
		}
	}
}

// check64 compares an output with what it should be and looks at its guards.
func check64(t *testing.T, got, want []float64, intact func() bool, format string, args ...any) {
	t.Helper()
	if i := same64(got, want); i >= 0 {
		t.Errorf(format+": element %d is %v, want %v", append(args, i, got[i], want[i])...)
	}
	if !intact() {
		t.Errorf(format+": wrote outside its output", args...)
	}
}

func check32(t *testing.T, got, want []float32, intact func() bool, format string, args ...any) {
	t.Helper()
	if i := same32(got, want); i >= 0 {
		t.Errorf(format+": element %d is %v, want %v", append(args, i, got[i], want[i])...)
	}
	if !intact() {
		t.Errorf(format+": wrote outside its output", args...)
	}
}

var (
	pairWidths  = append(upTo(65), 795)
	pairNeurons = append(upTo(9), 16, 30)
)

func upTo(n int) []int {
	s := make([]int, n+1)
	for i := range s {
		s[i] = i
	}
	return s
}

func TestRowPairLogDensity(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, d := range pairWidths {
			for _, n := range pairNeurons {
				w, mu, inv := in.float32s(n*d), in.float32s(d), in.float32s(d)
				logNorm := in.NormFloat64()
				got, intact := guarded[float64](n)
				want := make([]float64, n)
				r.pairLogDensity(got, w, mu, inv, logNorm)
				ref.PairLogDensity(want, w, mu, inv, logNorm)
				check64(t, got, want, intact, "n=%d d=%d", n, d)
			}
		}
	})
}

func TestRowPairGrad(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, d := range append(upTo(130), 795) {
			for _, n := range []int{1, 2, 5, 9} {
				const stride = 3
				w, mu, inv, a := in.float32s(d), in.float32s(n*d), in.float32s(n*d), in.float32s(n*stride)
				a[n/2*stride], a[0] = float32(math.Copysign(0, -1)), 0
				if n == 2 || n == 9 {
					a[0] = in.float32s(1)[0]
				}
				got, intact := guarded[float32](d)
				want := make([]float32, d)
				r.pairGrad(got, w, mu, inv, a, stride, n)
				ref.PairGrad(want, w, mu, inv, a, stride, n)
				check32(t, got, want, intact, "d=%d n=%d", d, n)
			}
		}
	})
}

func TestRowPermutedPair(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, d := range pairWidths {
			w, mu, inv, columns := in.float32s(d), in.float32s(d), in.float32s(d), in.permutations(1, d)
			got, want := r.permutedPair(w, mu, inv, columns), ref.PermutedPair(w, mu, inv, columns)
			check64(t, []float64{got}, []float64{want}, func() bool { return true }, "d=%d", d)
		}
	})
}

func TestRowExpected(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, n := range []int{16, 32, 112} {
			for _, m := range []int{0, 1, 2, 9, 100} {
				x, p := in.float64s(n*m, 3), in.float64s(m, 1)
				mean, intactMean := guarded[float64](n)
				second, intactSecond := guarded[float64](n)
				wantMean, wantSecond := make([]float64, n), make([]float64, n)
				r.expectedMoments(mean, second, x, p)
				ref.ExpectedMoments(wantMean, wantSecond, x, p)
				check64(t, mean, wantMean, intactMean, "mean, n=%d m=%d", n, m)
				check64(t, second, wantSecond, intactSecond, "second, n=%d m=%d", n, m)
				variance, mu, precision := in.float64s(n*m, 3), in.float64s(m, 3), in.float64s(m, 3)
				total, intact := guarded[float64](n)
				want := make([]float64, n)
				r.expectedSquares(total, x, variance, mu, precision)
				ref.ExpectedSquares(want, x, variance, mu, precision)
				check64(t, total, want, intact, "total, n=%d m=%d", n, m)
			}
		}
	})
}

func TestRowExpScaled(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for n := range 40 {
			c, v := in.float64s(n, 300), in.float64s(n, 100)
			for i := range c {
				switch in.IntN(5) {
				case 0:
					c[i] = math.Inf(-1)
				case 1:
					c[i], v[i] = math.Inf(-1), math.Inf(-1)
				}
				if c[i] != c[i] || c[i] > 1e300 {
					c[i] = 0 // not allowed
				}
			}
			for _, u := range []float64{0, 12.5, math.Inf(-1)} {
				if math.IsInf(u, -1) {
					for i := range c {
						c[i] = u
					}
				}
				got, intact := guarded[float64](n)
				want := make([]float64, n)
				r.proposal.expScaled(got, c, v, u)
				ref.ExpScaled(want, c, v, u)
				check64(t, got, want, intact, "n=%d u=%v", n, u)
			}
		}
	})
}

func TestRowMaxima(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for n := range 40 {
			for kind := range 3 {
				c, v := in.float64s(n, 300), in.float64s(n, 300)
				for i := range c {
					if c[i] != c[i] || kind == 1 && in.IntN(2) == 0 || kind == 2 {
						c[i] = math.Inf(-1)
					}
					if v[i] != v[i] || in.IntN(3) == 0 {
						v[i] = math.Inf(-1)
					}
				}
				got, intact := guarded[float64](n)
				copy(got, v)
				u, want := r.proposal.maxima(got, c), portableMaxima(v, c)
				if u != want {
					t.Errorf("n=%d: maximum %v, want %v", n, u, want)
				}
				check64(t, got, v, intact, "n=%d kind=%d", n, kind)
			}
		}
	})
}

func TestRowConditionalSquares(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, n := range []int{16, 32, 48, 64, 80, 112, 128, 144} {
			for _, cols := range []int{0, 1, 2, 7, 100} {
				w, mu, inv, columns := in.float32s(n*cols), in.float32s(cols), in.float32s(cols),
					in.permutations(1, cols)
				got, intact := guarded[float32](n)
				want := make([]float32, n)
				r.conditionalSquares(got, w, columns, mu, inv)
				ref.ConditionalSquares(want, w, columns, mu, inv)
				check32(t, got, want, intact, "n=%d cols=%d", n, cols)
			}
		}
	})
}

// TestRowTwo: two rows at once are one after the other.
func TestRowTwo(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, n := range []int{16, 32, 48, 64, 80, 112} {
			for _, m := range []int{0, 1, 2, 7, 100} {
				if f := r.conditionalSquaresOfTwo; f != nil {
					w, mu, inv, columns := in.float32s(n*m), in.float32s(2*m), in.float32s(2*m),
						in.permutations(1, m)
					got, intact := guarded[float32](2 * n)
					want := make([]float32, 2*n)
					f(got, w, columns, mu, inv)
					ref.ConditionalSquares(want[:n], w, columns, mu[:m], inv[:m])
					ref.ConditionalSquares(want[n:], w, columns, mu[m:], inv[m:])
					check32(t, got, want, intact, "conditional, n=%d m=%d", n, m)
				}
				if f := r.expectedMomentsOfTwo; f != nil {
					x, p := in.float64s(n*m, 3), in.float64s(2*m, 1)
					mean, intactMean := guarded[float64](2 * n)
					second, intactSecond := guarded[float64](2 * n)
					wantMean, wantSecond := make([]float64, 2*n), make([]float64, 2*n)
					f(mean, second, x, p)
					ref.ExpectedMoments(wantMean[:n], wantSecond[:n], x, p[:m])
					ref.ExpectedMoments(wantMean[n:], wantSecond[n:], x, p[m:])
					check64(t, mean, wantMean, intactMean, "mean, n=%d m=%d", n, m)
					check64(t, second, wantSecond, intactSecond, "second, n=%d m=%d", n, m)
				}
				if f := r.expectedSquaresOfTwo; f != nil {
					mean, variance := in.float64s(n*m, 3), in.float64s(n*m, 3)
					mu, precision := in.float64s(2*m, 3), in.float64s(2*m, 3)
					got, intact := guarded[float64](2 * n)
					want := make([]float64, 2*n)
					f(got, mean, variance, mu, precision)
					ref.ExpectedSquares(want[:n], mean, variance, mu[:m], precision[:m])
					ref.ExpectedSquares(want[n:], mean, variance, mu[m:], precision[m:])
					check64(t, got, want, intact, "expected, n=%d m=%d", n, m)
				}
			}
			for k := range 6 {
				testSweep(t, r, in, n, k)
			}
		}
	})
}

// testSweep sweeps k rows of n, some of which have no sum, one that is tiny or none that is finite.
func testSweep(t *testing.T, r *row, in pairCase, n, k int) {
	t.Helper()
	for kind := range 4 {
		a, cols := in.float64s(k*n, 1), in.float64s(n, 1)
		for i := range a {
			switch {
			case kind == 0:
				a[i] = math.Abs(a[i])
			case kind == 1 && i/n%2 == 0:
				a[i] = 0
			case kind == 2:
				a[i] = 0x1p-512 * float64(i%2)
			}
		}
		for i := range cols {
			cols[i] = math.Abs(cols[i])
		}
		got, intact := guarded[float64](n)
		copy(got, in.float64s(n, 1))
		want := append([]float64(nil), got...)
		rs, intactRs := guarded[float64](k)
		wantRs := make([]float64, k)
		r.proposal.sweep(got, rs, a, cols)
		for i := k - 1; i >= 0; i-- {
			wantRs[i] = ref.SweepRow(want, a[i*n:(i+1)*n], cols)
		}
		check64(t, got, want, intact, "sweep, n=%d rows=%d kind=%d", n, k, kind)
		check64(t, rs, wantRs, intactRs, "sweep's r, n=%d rows=%d kind=%d", n, k, kind)
	}
}

func TestRowPermutedGradAdd(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, d := range pairWidths {
			w, mu, inv, columns, a := in.float32s(d), in.float32s(d), in.float32s(d),
				in.permutations(1, d), in.float32s(1)[0]
			got, intact := guarded[float32](d)
			copy(got, in.float32s(d))
			want := append([]float32(nil), got...)
			r.permutedGradAdd(got, w, mu, inv, columns, a)
			ref.PermutedGradAdd(want, w, mu, inv, columns, a)
			check32(t, got, want, intact, "d=%d", d)
		}
	})
}

func TestRowGatherAdd(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for _, n := range append(upTo(40), 65) {
			for _, k := range append(upTo(19), 100) {
				c, perms := in.float64s(n*n, 3), in.permutations(k, n)
				got, intact := guarded[float64](k)
				copy(got, in.float64s(k, 1))
				want := append([]float64(nil), got...)
				r.gatherAdd(got, c, perms, n)
				ref.GatherAddAll(want, c, perms, n)
				check64(t, got, want, intact, "n=%d k=%d", n, k)
			}
		}
	})
}

func TestRowScatterAdd(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for n := range 40 {
			for _, k := range append(upTo(9), 100) {
				weights, perms := in.float64s(k, 1), in.permutations(k, n)
				got, intact := guarded[float64](n * n)
				copy(got, in.float64s(n*n, 1))
				want := append([]float64(nil), got...)
				r.scatterAdd(got, weights, perms, n)
				ref.ScatterAdd(want, weights, perms, n)
				check64(t, got, want, intact, "n=%d k=%d", n, k)
			}
		}
	})
}

func TestRowWeights(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for k := 1; k < 200; k++ {
			for _, std := range []float64{1e-3, 5, 200, 1e5} {
				x := in.float64s(k, std)
				switch {
				case in.wild && k%10 == 3:
					x[0] = math.NaN()
				case in.wild && k%10 == 7:
					for i := range x {
						x[i] = math.Inf(-1)
					}
				case in.wild && k%10 != 1: // so that not every sum is a NaN
					for i := range x {
						if x[i] != x[i] || x[i] > math.MaxFloat64 {
							x[i] = math.Copysign(0, -1)
						}
					}
				}
				got, intact := guarded[float64](k)
				want := make([]float64, k)
				largest, sum := r.weights(got, x)
				wantLargest, wantSum := ref.Weights(want, x)
				if largest == 0 {
					largest, wantLargest = math.Abs(largest), math.Abs(wantLargest) // which of ±0 never shows
				}
				check64(t, append(got[:k:k], largest, sum), append(want, wantLargest, wantSum),
					intact, "k=%d std=%g", k, std)
			}
		}
	})
}

// The subset loops on matrices in the range that the scaling makes, and on wild ones.
func TestRowSubsetLoops(t *testing.T) {
	forPairRows(t, func(t *testing.T, r *row, in pairCase) {
		for n := minSubset; n <= 16; n++ {
			if n > 12 && n < 16 {
				continue
			}
			a := in.float64s(n*n, 1)
			if !in.wild {
				for i := range a {
					a[i] = math.Exp(-a[i] * a[i])
				}
			}
			scratch := make([]float64, (n+1)*n*8)
			subsetTable(scratch, a, n)
			got, intact := guarded[float64](1 << n)
			f := make([]float64, 1<<n)
			r.subsetForward(got, a, scratch, n)
			ref.SubsetForward(f, a, n)
			check64(t, got, f, intact, "forward n=%d", n)

			b := in.float64s(1<<n, 1)
			got, intact = guarded[float64](len(scratch))
			r.subsetMarginals(got, f, b, n)
			ref.SubsetMarginals(scratch, f, b, n)
			check64(t, got, scratch, intact, "marginals n=%d", n)
		}
	})
}

func TestRowPermanent(t *testing.T) {
	for _, r := range testRows() {
		in := pairCase{Rand: rand.New(rand.NewPCG(3, 4))}
		d, err := New(Options{ISA: r.name, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16} {
			for _, std := range []float64{1e-3, 3, 1e4} {
				c := in.float64s(n*n, std)
				want := make([]float32, n*n)
				logPerm := ref.Permanent(want, c, n)
				trace := 0.0
				for i := range n {
					trace += c[i*n+i]
				}
				op := kernels.Permanent{Batch: 1, N: n, C: d.Float64(n * n),
					Information: d.Float64(1), Coefficients: d.Float32(n * n)}
				op.C.Upload(c)
				d.Permanent(op)
				check64(t, hostSlice(op.Information),
					[]float64{trace - logPerm + ref.LogFactorial(n)}, func() bool {
						return true
					}, "%s n=%d", r.name, n)
				check32(t, hostSlice(op.Coefficients), want, func() bool { return true }, "%s n=%d", r.name, n)
			}
		}
		d.Close()
	}
}

func TestRowPermutations(t *testing.T) {
	for _, r := range testRows() {
		for _, n := range append(upTo(65), 256, 257, 258, 1023, 2000)[1:] {
			for _, count := range []int{1, 2, 7, 70} {
				key := kernels.Key{Seed: 0x123456789abcdef, Stream: uint32(n), Step: 3, Sample: 4}
				for _, first := range []uint32{0, 5, math.MaxUint32 - 3} {
					got, intact := guarded[int32](count * n)
					want := make([]int32, count*n)
					r.permutations(got, n, key, first)
					ref.Permutations(want, n, ref.Key(key), first)
					if !slices.Equal(got, want) || !intact() {
						t.Fatalf("%s n=%d count=%d first=%d: wrong permutations or guards "+
							"overwritten", r.name, n, count, first)
					}
				}
			}
		}
	}
}
