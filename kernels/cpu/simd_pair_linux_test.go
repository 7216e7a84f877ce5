package cpu

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/symvi/symvi/kernels"
)

// fences hands out slices that end at an unreadable page, or begin behind one.
type fences struct {
	t      *testing.T
	atHead bool
	mapped [][]byte
}

func (f *fences) release() {
	for _, m := range f.mapped {
		if err := syscall.Munmap(m); err != nil {
			f.t.Fatal(err)
		}
	}
	f.mapped = nil
}

func fenced[T kernels.Element](f *fences, values []T) []T {
	page := os.Getpagesize()
	size := len(values) * int(unsafe.Sizeof(*new(T)))
	body := (size + page) / page * page
	m, err := syscall.Mmap(-1, 0, body+2*page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mapped = append(f.mapped, m)
	for _, fence := range [][]byte{m[:page], m[page+body:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			f.t.Fatal(err)
		}
	}
	at := page + body - size
	if f.atHead {
		at = page
	}
	s := unsafe.Slice((*T)(unsafe.Pointer(&m[at])), len(values))
	copy(s, values)
	return s
}

// TestRowPairFences runs the kernels of this family between unreadable pages: an access outside
// their slices crashes.
func TestRowPairFences(t *testing.T) {
	in := pairCase{Rand: rand.New(rand.NewPCG(5, 6))}
	for _, r := range testRows() {
		for _, atHead := range []bool{false, true} {
			f := &fences{t: t, atHead: atHead}
			f32 := func(n int) []float32 { return fenced(f, in.float32s(n)) }
			f64 := func(n int) []float64 { return fenced(f, in.float64s(n, 1)) }
			for d := range 70 {
				n := 1 + d%7
				perms := func(k, n int) []int32 { return fenced(f, in.permutations(k, n)) }
				r.pairLogDensity(f64(n), f32(n*d), f32(d), f32(d), 1)
				r.pairGrad(f32(d), f32(d), f32(n*d), f32(n*d), f32((n-1)*3+1), 3, n)
				r.permutedPair(f32(d), f32(d), f32(d), perms(1, d))
				r.conditionalSquares(f32(16*n), f32(16*n*d), perms(1, d), f32(d), f32(d))
				r.permutedGradAdd(f32(d), f32(d), f32(d), f32(d), perms(1, d), 2)
				r.gatherAdd(f64(n), f64(d*d), perms(n, d), d)
				r.scatterAdd(f64(d*d), f64(n), perms(n, d), d)
				r.weights(f64(d+1), f64(d+1))
				r.proposal.maxima(f64(d), f64(d))
				r.proposal.expScaled(f64(d), f64(d), f64(d), 1)
				r.expectedMoments(f64(16*n), f64(16*n), f64(16*n*d), f64(d))
				r.expectedSquares(f64(16*n), f64(16*n*d), f64(16*n*d), f64(d), f64(d))
				if f := r.conditionalSquaresOfTwo; f != nil {
					f(f32(32*n), f32(16*n*d), perms(1, d), f32(2*d), f32(2*d))
				}
				if f := r.expectedMomentsOfTwo; f != nil {
					f(f64(32*n), f64(32*n), f64(16*n*d), f64(2*d))
				}
				if f := r.expectedSquaresOfTwo; f != nil {
					f(f64(32*n), f64(16*n*d), f64(16*n*d), f64(2*d), f64(2*d))
				}
				r.proposal.sweep(f64(16*n), f64(d), f64(16*n*d), f64(16*n))
				r.permutations(perms(n, d+1), d+1, kernels.Key{Seed: 7}, 3)
				f.release()
			}
			for n := minSubset; n < 9; n++ {
				r.subsetForward(f64(1<<n), f64(n*n), f64((n+1)*n*8), n)
				r.subsetMarginals(f64((n+1)*n*8), f64(1<<n), f64(1<<n), n)
				f.release()
			}
		}
	}
}

// TestRowPairBadIndices gives the assembly indices that are no permutation: the numbers are
// wrong then, but no access may leave the slices. The portable row panics or reads another
// element instead.
func TestRowPairBadIndices(t *testing.T) {
	in := pairCase{Rand: rand.New(rand.NewPCG(5, 6))}
	for _, r := range testRows() {
		if r.name == "portable" || r.name == "neon" {
			continue
		}
		f := &fences{t: t}
		for n := 1; n < 40; n++ {
			bad := fenced(f, make([]int32, 5*n))
			for i := range bad {
				bad[i] = int32(in.Uint32())
			}
			f32 := func() []float32 { return fenced(f, in.float32s(n)) }
			r.permutedPair(f32(), f32(), f32(), bad[:n])
			r.permutedGradAdd(f32(), f32(), f32(), f32(), bad[:n], 2)
			r.gatherAdd(fenced(f, in.float64s(5, 1)), fenced(f, in.float64s(n*n, 1)), bad, n)
			r.scatterAdd(fenced(f, in.float64s(n*n, 1)), fenced(f, in.float64s(5, 1)), bad, n)
			f.release()
		}
	}
}
