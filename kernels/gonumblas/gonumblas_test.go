package gonumblas_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"
	"pgregory.net/rapid"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/gonumblas"
)

func newImplementation(t testing.TB, isa string, threads int) *gonumblas.Implementation {
	t.Helper()
	impl := must.Get(gonumblas.New(cpu.Options{ISA: isa, Threads: threads}))(t)
	t.Cleanup(func() { impl.Close() })
	return impl
}

// product is one call's arguments.
type product struct {
	tA, tB        blas.Transpose
	m, n, k       int
	alpha, beta   float32
	a, b, c       []float32
	lda, ldb, ldc int
}

// run calls f and returns C and what f panicked with.
func (p product) run(f blas.Float32) (c []float32, panicked any) {
	c = append(c, p.c...)
	defer func() { panicked = recover() }()
	f.Sgemm(p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, c, p.ldc)
	return c, nil
}

func (p product) String() string {
	return fmt.Sprintf("%c%c %d×%d×%d α=%v β=%v ld=%d,%d,%d", p.tA, p.tB, p.m, p.n, p.k, p.alpha,
		p.beta, p.lda, p.ldb, p.ldc)
}

var transposes = []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}

func drawProduct(t *rapid.T) product {
	p := product{
		tA: rapid.SampledFrom(transposes).Draw(t, "tA"), tB: rapid.SampledFrom(transposes).Draw(t, "tB"),
		m: rapid.IntRange(0, 70).Draw(t, "m"), n: rapid.IntRange(0, 70).Draw(t, "n"),
		k:     rapid.IntRange(0, 70).Draw(t, "k"),
		alpha: rapid.SampledFrom([]float32{0, 1, -1, 0.5}).Draw(t, "alpha"),
		beta:  rapid.SampledFrom([]float32{0, 1, -1, 2.5}).Draw(t, "beta"),
	}
	pad := func(what string) int { return rapid.IntRange(0, 5).Draw(t, what) }
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	matrix := func(trans blas.Transpose, rows, cols, pad int) ([]float32, int) {
		if trans != blas.NoTrans {
			rows, cols = cols, rows
		}
		ld := max(cols, 1) + pad
		x := make([]float32, rows*ld)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		return x[:max(0, len(x)-ld+cols)], ld
	}
	p.a, p.lda = matrix(p.tA, p.m, p.k, pad("pad A"))
	p.b, p.ldb = matrix(p.tB, p.k, p.n, pad("pad B"))
	p.c, p.ldc = matrix(blas.NoTrans, p.m, p.n, pad("pad C"))
	if p.beta == 0 && p.k > 0 {
		for i := range p.m { // β = 0 overwrites whatever is there
			for j := range p.n {
				p.c[i*p.ldc+j] = float32(math.NaN())
			}
		}
	}
	return p
}

func TestSgemm(t *testing.T) {
	for _, isa := range cpu.ISAs() {
		t.Run(isa, func(t *testing.T) {
			impl := newImplementation(t, isa, 2)
			rapid.Check(t, func(t *rapid.T) { compare(t, impl, drawProduct(t)) })
		})
	}
}

// compare compares all of C, the gaps between rows too, with gonum's.
func compare(t *rapid.T, impl *gonumblas.Implementation, p product) {
	got, panicked := p.run(impl)
	want, wantPanic := p.run(gonum.Implementation{})
	if panicked != wantPanic {
		t.Fatalf("%v: panic %v, want %v", p, panicked, wantPanic)
	}
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-4) &&
			math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%v: C[%d, %d] = %v, want %v", p, i/p.ldc, i%p.ldc, got[i], want[i])
		}
	}
}

// TestSgemmPanics spoils one argument of a valid call after the other.
func TestSgemmPanics(t *testing.T) {
	impl := newImplementation(t, "", 1)
	for _, tA := range transposes {
		for _, tB := range transposes {
			good := product{tA: tA, tB: tB, m: 3, n: 3, k: 3, alpha: 1, a: make([]float32, 9),
				b: make([]float32, 9), c: make([]float32, 9), lda: 3, ldb: 3, ldc: 3}
			for name, spoil := range map[string]func(*product){
				"tA": func(p *product) { p.tA = 'X' }, "tB": func(p *product) { p.tB = 0 },
				"m": func(p *product) {
					p.m = -1
				}, "n": func(p *product) { p.n = -1 }, "k": func(p *product) { p.k = -1 },
				"lda": func(p *product) {
					p.lda = 2
				}, "ldb": func(p *product) { p.ldb = 2 }, "ldc": func(p *product) { p.ldc = 2 },
				"a": func(p *product) {
					p.a = p.a[1:]
				}, "b": func(p *product) { p.b = p.b[1:] }, "c": func(p *product) { p.c = p.c[1:] },
			} {
				bad := good
				spoil(&bad)
				_, got := bad.run(impl)
				_, want := bad.run(gonum.Implementation{})
				if want == nil || got != want {
					t.Errorf("%v with a bad %s: panic %v, want %v", good, name, got, want)
				}
			}
		}
	}
}

func TestSgemmAllocations(t *testing.T) {
	impl := newImplementation(t, "", 1)
	x := make([]float32, 64*64)
	if n := testing.AllocsPerRun(10, func() {
		impl.Sgemm(blas.NoTrans, blas.Trans, 64, 64, 64, 1, x, 64, x, 64, 0, make([]float32, 64*64), 64)
	}); n > 1 {
		t.Errorf("%v allocations besides C", n-1)
	}
}

func Example() {
	impl, err := gonumblas.New(cpu.Options{})
	if err != nil {
		panic(err)
	}
	defer impl.Close()
	blas32.Use(impl)
	defer blas32.Use(gonum.Implementation{})

	a := blas32.General{Rows: 2, Cols: 3, Stride: 3, Data: []float32{1, 2, 3, 4, 5, 6}}
	c := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: make([]float32, 4)}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, a, a, 0, c)
	fmt.Println(c.Data)
	// Output: [14 32 32 77]
}
