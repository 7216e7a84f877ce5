package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// gemmSource fills matrices; a wild one has zeros, denormals, infinities and NaN in it.
type gemmSource struct {
	random *rand.Rand
	wild   bool
}

var wildValues = []float32{0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, -1e-40,
	1e-23, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), math.MaxFloat32}

func (s gemmSource) matrix(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(s.random.NormFloat64())
		if s.wild && s.random.IntN(4) == 0 {
			x[i] = wildValues[s.random.IntN(len(wildValues))]
		}
	}
	return x
}

// testGemm checks one item with gaps of pad elements after every row, on every row of
// microkernels; guard zones, gaps and inputs are checked by kerneltest.
func testGemm(t *testing.T, devices []kernels.Device, s gemmSource, g kernels.Gemm, pad int) {
	t.Helper()
	g.Batch = 1
	g = dense(g)
	g.LDA, g.LDB, g.LDC = g.LDA+pad, g.LDB+pad, g.LDC+pad
	rowsA, colsA, rowsB, colsB := g.M, g.K, g.K, g.N
	if g.Transpose == kernels.TN {
		rowsA, colsA = colsA, rowsA
	}
	if g.Transpose == kernels.NT {
		rowsB, colsB = colsB, rowsB
	}
	span := func(rows, ld, cols int) int {
		if rows == 0 || cols == 0 {
			return 0
		}
		return (rows-1)*ld + cols
	}
	a, b, c := s.matrix(span(rowsA, g.LDA, colsA)), s.matrix(span(rowsB, g.LDB, colsB)),
		s.matrix(span(g.M, g.LDC, g.N))
	var bias []float32
	if (g.M+g.N)%2 == 0 {
		bias = s.matrix(g.N)
	}
	for _, d := range devices {
		kerneltest.Gemm(t, d, g, a, b, c, bias)
	}
}

// gemmDevices is one device per row of microkernels and number of threads.
func gemmDevices(t *testing.T, threads ...int) []kernels.Device {
	var devices []kernels.Device
	for _, isa := range cpu.ISAsToTest() {
		for _, n := range threads {
			d := newCPU(t, isa, n)
			t.Cleanup(func() { d.Close() })
			devices = append(devices, d)
		}
	}
	return devices
}

func (s gemmSource) variant(g kernels.Gemm) kernels.Gemm {
	g.Accumulate = s.random.IntN(2) == 0
	g.Activation = kernels.Activation(s.random.IntN(3))
	return g
}

// TestGemmTails has every number of rows and columns around the register tiles.
func TestGemmTails(t *testing.T) {
	devices := gemmDevices(t, 1)
	s := gemmSource{rand.New(rand.NewPCG(1, 2)), false}
	for m := range 36 {
		for n := range 36 {
			s.wild = (m+n)%3 == 0
			g := kernels.Gemm{Transpose: kernels.Transpose((m + 2*n) % 3), M: m, N: n,
				K: []int{1, 2, 7, 9}[s.random.IntN(4)]}
			testGemm(t, devices, s, s.variant(g), s.random.IntN(4))
		}
	}
}

// TestGemmPanels has numbers of terms around the panels of the specification.
func TestGemmPanels(t *testing.T) {
	devices := gemmDevices(t, 1)
	s := gemmSource{rand.New(rand.NewPCG(3, 4)), false}
	for _, k := range []int{0, 511, 512, 513, 1025} {
		for _, mn := range [][2]int{{1, 1}, {1, 33}, {6, 8}, {7, 9}, {14, 32}, {15, 17}, {29, 31}} {
			for transpose := kernels.NN; transpose <= kernels.TN; transpose++ {
				testGemm(t, devices, s,
					s.variant(kernels.Gemm{Transpose: transpose, M: mn[0], N: mn[1], K: k}), s.random.IntN(4))
			}
		}
	}
}

// TestGemmBlocks has shapes that are packed, blocked for the caches and split for threads.
func TestGemmBlocks(t *testing.T) {
	devices := gemmDevices(t, 1, 2, 3)
	s := gemmSource{rand.New(rand.NewPCG(5, 6)), false}
	for _, mnk := range [][3]int{{201, 140, 11}, {60, 40, 140}, {3, 1090, 40}, {420, 33, 12},
		{30, 300, 20}, {70, 129, 520}, {110, 200, 70}} {
		for transpose := kernels.NN; transpose <= kernels.TN; transpose++ {
			testGemm(t, devices, s,
				s.variant(kernels.Gemm{Transpose: transpose, M: mnk[0], N: mnk[1], K: mnk[2]}),
				s.random.IntN(4))
		}
	}
}

// TestGemmAliased has leading dimensions for which A is packed.
func TestGemmAliased(t *testing.T) {
	devices := gemmDevices(t, 1, 2)
	s := gemmSource{rand.New(rand.NewPCG(7, 8)), false}
	testGemm(t, devices, s, s.variant(kernels.Gemm{Transpose: kernels.NT, M: 40, N: 70, K: 100}), 924)
	testGemm(t, devices, s, s.variant(kernels.Gemm{Transpose: kernels.NN, M: 215, N: 70, K: 22}), 1002)
	testGemm(t, devices, s, s.variant(kernels.Gemm{Transpose: kernels.TN, M: 37, N: 270, K: 20}), 475)
	testGemm(t, devices, s, s.variant(kernels.Gemm{Transpose: kernels.TN, M: 212, N: 260, K: 19}), 300)
}

// TestGemmAllocations has products that take every path of packing.
func TestGemmAllocations(t *testing.T) {
	for _, d := range gemmDevices(t, 1, 2) {
		for _, g := range []kernels.Gemm{{Batch: 1, M: 8, N: 8, K: 8},
			{Batch: 1, M: 100, N: 150, K: 200}, {Batch: 9, M: 20, N: 30, K: 40}} {
			for g.Transpose = kernels.NN; g.Transpose <= kernels.TN; g.Transpose++ {
				g = dense(g)
				g.A, g.B, g.C = d.Float32(g.M*g.K), d.Float32(g.Batch*g.N*g.K), d.Float32(g.Batch*g.M*g.N)
				if n := testing.AllocsPerRun(5, func() { d.Gemm(g) }); n != 0 {
					t.Errorf("%s: %v: %v allocations", d.Name(), &g, n)
				}
			}
		}
	}
}

// TestGemmSlicesLeadingDimension: rows that would overlap are named as such, though all is there.
func TestGemmSlicesLeadingDimension(t *testing.T) {
	x := make([]float32, 16)
	defer func() {
		want := "leading dimension of A is 2, want at least the 4 columns"
		if text := fmt.Sprint(recover()); !strings.Contains(text, want) {
			t.Errorf("panic %q, want one with %q", text, want)
		}
	}()
	cpu.Gemm(false, false, 4, 4, 4, x, 2, x, 4, x, 4, false)
}

// TestGemmSlicesPanics spoils one argument after the other.
func TestGemmSlicesPanics(t *testing.T) {
	d, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	x, short := make([]float32, 12), make([]float32, 11)
	for name, call := range map[string]func(){
		"short A":  func() { d.GemmSlices(false, false, 3, 3, 4, short, 4, x, 3, x, 3, false) },
		"short B":  func() { d.GemmSlices(true, true, 3, 3, 4, x, 3, short, 4, x, 3, false) },
		"short C":  func() { d.GemmSlices(false, false, 3, 4, 3, x, 3, x, 4, short, 4, false) },
		"LDA":      func() { d.GemmSlices(false, false, 3, 3, 4, x, 3, x, 3, x, 3, false) },
		"negative": func() { d.GemmSlices(false, false, -1, 3, 4, x, 4, x, 3, x, 3, false) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

func ExampleDevice_GemmSlices() {
	d, err := cpu.New(cpu.Options{})
	if err != nil {
		panic(err)
	}
	defer d.Close()
	a := []float32{1, 2, 3, 4, 5, 6} // 2×3
	c := make([]float32, 4)
	d.GemmSlices(false, true, 2, 2, 3, a, 3, a, 3, c, 2, false) // A·Aᵀ
	fmt.Println(c)
	// Output: [14 32 32 77]
}
