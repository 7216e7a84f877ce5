//go:build cuda

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// TestConformanceWithLowLimits takes the paths of large matrices with small ones: work in
// global instead of shared memory, a launch for every level of the permanent, one matrix at
// a time.
func TestConformanceWithLowLimits(t *testing.T) {
	before := limits
	defer func() { limits = before }()
	limits.shared, limits.proposals, limits.sets, limits.levels = 0, 1, 1, 1
	kerneltest.Run(t, func(t testing.TB) kernels.Device { return newDevice(t) })
}

// TestLargeShapes compares the permutations' operations with the CPU's at sizes beyond the
// conformance suite's.
func TestLargeShapes(t *testing.T) {
	key := kernels.Key{Seed: 5, Stream: 1, Step: 2, Sample: 3}
	tests := []struct {
		name string
		run  func(*bench)
	}{
		{"PairLogDensity and PairGrad, n = 130", func(b *bench) {
			const batch, n, dim = 2, 130, 70
			w, mu, inv, c, dw := b.f32(batch*n*dim), b.f32(n*dim), b.positive(n*dim),
				b.f64(batch*n*n), b.f32(batch*n*dim)
			b.PairLogDensity(kernels.PairLogDensity{Batch: batch, N: n, D: dim, W: w, Mu: mu,
				InvSigma: inv, C: c})
			b.PairGrad(kernels.PairGrad{Batch: batch, N: n, D: dim,
				Coefficients: b.f32(batch * n * n), W: w, Mu: mu, InvSigma: inv, DW: dw})
		}},
		{"RandomPermutations, n = 1300", func(b *bench) {
			const n, count = 1300, 40
			perms := b.i32(count * n)
			b.RandomPermutations(kernels.RandomPermutations{Key: key, Batch: 1, Count: count, N: n,
				IdentityFirst: true, Dst: perms})
			b.PermutationMarginals(kernels.PermutationMarginals{Batch: 1, K: count, N: n,
				Weights: b.f64(count), Perms: perms, Coefficients: b.f32(n * n)})
		}},
		{"ProposePermutations, n = 300 and 128 KiB a draw", func(b *bench) {
			const n, k = 300, 3
			b.ProposePermutations(kernels.ProposePermutations{Key: key, Batch: 1, K: k, N: n,
				Sweep: 50, C: b.f64(n * n), Perms: b.i32(k * n), LogProposal: b.f64(k)})
		}},
		{"ProposePermutations, n = 300 and more than shared memory a draw", func(b *bench) {
			const n, k = 300, 2
			b.ProposePermutations(kernels.ProposePermutations{Key: key, Batch: 1, K: k, N: n,
				Sweep: 100, C: b.f64(n * n), Perms: b.i32(k * n), LogProposal: b.f64(k)})
		}},
		{"ExpectedPairs, 70×280", func(b *bench) {
			const rows, cols = 70, 280
			p := kernels.ExpectedPairs{Batch: 1, Rows: rows, Cols: cols, W: b.f32(rows * cols),
				Mu: b.f32(rows * cols), InvSigma: b.positive(rows * cols),
				Neighbor: b.f64(cols * cols), C: b.f64(rows * rows)}
			b.ExpectedPairs(p)
			p.Below, p.Neighbor, p.C = true, p.C, p.Neighbor
			b.ExpectedPairs(p)
		}},
		{"PermutationAverage, K = 5000", func(b *bench) {
			b.PermutationAverage(kernels.PermutationAverage{Batch: 2, K: 5000, Logs: b.f64(10000),
				Weights: b.f64(10000), Information: b.f64(2)})
		}},
		// so many that a rounding in another order shows
		{"Permanent, 600 matrices of n = 7", func(b *bench) {
			const batch, n = 600, 7
			b.Permanent(kernels.Permanent{Batch: batch, N: n, C: b.spread(batch*n*n, 0.5),
				Information: b.f64(batch), Coefficients: b.f32(batch * n * n)})
		}},
		{"Permanent, 600 matrices of n = 6 with ties", func(b *bench) {
			const batch, n = 600, 6
			c := random(b, b.Float64(batch*n*n), func() float64 { return 0.7 * float64(b.random.IntN(3)) })
			b.Permanent(kernels.Permanent{Batch: batch, N: n, C: c, Information: b.f64(batch),
				Coefficients: b.f32(batch * n * n)})
		}},
		{"Permanent, n = 18", func(b *bench) {
			const n = 18
			b.Permanent(kernels.Permanent{Batch: 2, N: n, C: b.f64(2 * n * n),
				Information: b.f64(2), Coefficients: b.f32(2 * n * n)})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			host, err := cpu.New(cpu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close()
			want, got := newBench(host), newBench(newDevice(t))
			test.run(want)
			test.run(got)
			wanted := want.read(t)
			for i, g := range got.read(t) {
				for j, w := range wanted[i] {
					if g[j] != w {
						t.Fatalf("buffer %d, element %d: bits %#x, want %#x", i, j, g[j], w)
					}
				}
			}
			got.free()
		})
	}
}

// TestNoPermutations gives indices that are no permutation: the results mean nothing, but no
// other memory may be touched, which the simulator's address sanitizer would report.
func TestNoPermutations(t *testing.T) {
	const batch, k, rows, cols = 2, 3, 5, 7
	b := newBench(newDevice(t))
	wild := func(n int) kernels.I32 {
		return random(b, b.Int32(n), func() int32 { return int32(b.random.Uint32()) })
	}
	w, mu, inv, logs := b.f32(batch*rows*cols), b.f32(rows*cols), b.positive(rows*cols), b.f64(batch*k)
	perms, columns := wild(batch*k*rows), wild(batch*k*cols)
	square := b.f64(batch * rows * rows)
	b.PermutationLogDensity(kernels.PermutationLogDensity{Batch: batch, K: k, N: rows, C: square,
		Perms: perms, Logs: logs})
	b.PermutationMarginals(kernels.PermutationMarginals{Batch: batch, K: k, N: rows, Weights: logs,
		Perms: perms, Coefficients: b.f32(batch * rows * rows)})
	b.PermutedLogDensity(kernels.PermutedLogDensity{Batch: batch, K: k, Rows: rows, Cols: cols,
		W: w, StrideW: rows * cols,
		Mu: mu, InvSigma: inv, RowPerms: perms, ColPerms: columns, Logs: logs})
	b.PermutedGrad(kernels.PermutedGrad{Batch: batch, K: k, Rows: rows, Cols: cols, W: w,
		DW: b.f32(batch * rows * cols), StrideW: rows * cols,
		Mu: mu, InvSigma: inv, RowPerms: perms, ColPerms: columns, Weights: logs, Scale: 1})
	b.ConditionalPairs(kernels.ConditionalPairs{Batch: batch, K: k, Rows: rows, Cols: cols, W: w,
		StrideW: rows * cols,
		Mu:      mu, InvSigma: inv, Perms: columns, Base: square, C: b.f64(batch * k * rows * rows)})
	if err := b.Sync(); err != nil {
		t.Error(err)
	}
	b.free()
}

// bench is a device with buffers of the same random numbers whichever it is.
type bench struct {
	kernels.Device
	random  *rand.Rand
	buffers []any
}

func newBench(d kernels.Device) *bench {
	return &bench{Device: d, random: rand.New(rand.NewPCG(1, 2))}
}

func (b *bench) f32(n int) kernels.F32 {
	return random(b, b.Float32(n), func() float32 { return float32(b.random.NormFloat64()) })
}

func (b *bench) positive(n int) kernels.F32 {
	return random(b, b.Float32(n), func() float32 { return float32(math.Exp(b.random.NormFloat64())) })
}

func (b *bench) f64(n int) kernels.F64 { return b.spread(n, 3) }

func (b *bench) spread(n int, std float64) kernels.F64 {
	return random(b, b.Float64(n), func() float64 { return std * b.random.NormFloat64() })
}

func (b *bench) i32(n int) kernels.I32 { return random(b, b.Int32(n), func() int32 { return 0 }) }

func random[T kernels.Element](b *bench, buffer kernels.Buffer[T],
	number func() T) kernels.Buffer[T] {
	x := make([]T, buffer.Len())
	for i := range x {
		x[i] = number()
	}
	buffer.Upload(x)
	b.buffers = append(b.buffers, buffer)
	return buffer
}

// read is the bits of every buffer.
func (b *bench) read(t *testing.T) [][]uint64 {
	var all [][]uint64
	for _, buffer := range b.buffers {
		switch buffer := buffer.(type) {
		case kernels.F32:
			all = append(all, bitsOf(t, buffer, func(x float32) uint64 {
				return uint64(math.Float32bits(x))
			}))
		case kernels.F64:
			all = append(all, bitsOf(t, buffer, math.Float64bits))
		case kernels.I32:
			all = append(all, bitsOf(t, buffer, func(x int32) uint64 { return uint64(x) }))
		default:
			panic(fmt.Sprintf("a %T is no buffer", buffer))
		}
	}
	return all
}

func bitsOf[T kernels.Element](t *testing.T, b kernels.Buffer[T], bits func(T) uint64) []uint64 {
	x, err := kernels.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]uint64, len(x))
	for i, v := range x {
		all[i] = bits(v)
		if v != v {
			t.Fatalf("element %d is NaN", i)
		}
	}
	return all
}

func (b *bench) free() {
	for _, buffer := range b.buffers {
		buffer.(interface{ Free() }).Free()
	}
}
