//go:build cuda

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/kerneltest"
)

// operand draws rows of cols elements, ld apart: everyday numbers and, when wild, ones
// whose products underflow or are not finite.
func operand(r *rand.Rand, wild bool, rows, ld, cols int) []float32 {
	if rows == 0 || cols == 0 {
		return nil
	}
	x := make([]float32, (rows-1)*ld+cols)
	for i := range x {
		x[i] = float32(r.NormFloat64())
		if wild {
			x[i] *= []float32{1, 1, 0, 1e-30, -1e-38, 1e30, float32(math.Inf(1))}[r.IntN(7)]
		}
	}
	return x
}

// gemmCase checks one product whose leading dimensions are multiples of align. kerneltest starts
// the buffers at all alignments, by their order and length; those of products with align 4 are made
// longer until they start 16 bytes.
func gemmCase(t *testing.T, d kernels.Device, r *rand.Rand, g kernels.Gemm, align int, wild,
	bias bool) {
	t.Helper()
	up := func(n int) int { return max(1, blocks(n, align)*align) }
	ar, ac, br, bc := g.M, g.K, g.K, g.N
	if g.Transpose == kernels.TN {
		ar, ac = ac, ar
	}
	if g.Transpose == kernels.NT {
		br, bc = bc, br
	}
	g.LDA, g.LDB, g.LDC = up(ac), up(bc), up(g.N)
	g.StrideA, g.StrideB, g.StrideC = 0, br*g.LDB, g.M*g.LDC // all items share A
	var biases []float32
	if bias {
		biases = operand(r, wild, 1, 0, g.N)
	}
	a, b, c := operand(r, wild, ar, g.LDA, ac), operand(r, wild, g.Batch*br, g.LDB, bc),
		operand(r, wild, g.Batch*g.M, g.LDC, g.N)
	for order, x := range []*[]float32{&a, &b, &c} {
		for align == 4 && (5*order+7*len(*x))%4 != 0 {
			*x = append(*x, 1)
		}
	}
	kerneltest.Gemm(t, d, g, a, b, c, biases)
}

// noStages leaves products to others.
func noStages(*kernels.Gemm, int) (stageTile, bool) { return stageTile{}, false }

// TestGemmTiles holds every tile, not only the one that would be chosen, to the
// specification: at its edges, with aligned rows and others, over the ends of steps and panels.
func TestGemmTiles(t *testing.T) {
	d := newDevice(t)
	defer func() {
		chooseTile, choosePanels, chooseStrips = fastestTile, panelsFaster, stripsFaster
		chooseStages = stagesFaster
	}()
	chooseStages = noStages
	choosePanels = func(*kernels.Gemm, int) (panelTile, bool) { return panelTile{}, false }
	chooseStrips = func(*kernels.Gemm, int) bool { return false }
	for _, tile := range gemmTiles {
		chooseTile = func(*kernels.Gemm, int) gemmTile { return tile }
		for transpose := kernels.NN; transpose <= kernels.TN; transpose++ {
			t.Run(fmt.Sprintf("%v/%v", tile, transpose), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				for i, m := range []int{1, tile.rows / 2, tile.rows - 1, tile.rows, tile.rows + 1} {
					for j, n := range []int{1, 2, tile.cols/2 + 1, tile.cols - 3, tile.cols - 2,
						tile.cols, tile.cols + 5} {
						g := kernels.Gemm{Transpose: transpose, Batch: 1, M: m, N: n,
							K: 1 + (7*i+5*j)%35, Accumulate: (i+j)%2 == 0, Activation: kernels.Activation(j % 3)}
						gemmCase(t, d, r, g, 1+3*(j%2), i == j, i%2 == 0)
						gemmCase(t, d, r, g, 4, i != j, j%2 == 0)
					}
				}
				for _, k := range []int{0, 1, 511, 512, 513, 1025, 1536} {
					for variant := range 6 {
						g := kernels.Gemm{Transpose: transpose, Batch: 3, M: 5, N: 6, K: k,
							Accumulate: variant < 3, Activation: kernels.Activation(variant % 3)}
						gemmCase(t, d, r, g, 1+3*(variant%2), variant == 5, variant%2 == 0)
					}
				}
			})
		}
	}
}

// withAndWithout is a product by a kernel that a test chooses, and by the others.
func withAndWithout(t *testing.T, d *Device, g kernels.Gemm, chosen *bool) (with,
	without []float32) {
	before := read(t, g.C)
	*chosen = true
	d.Gemm(g)
	with = read(t, g.C)
	g.C.Upload(before)
	*chosen = false
	d.Gemm(g)
	return with, read(t, g.C)
}

// TestGemmWhole compares the tile without edges with the others, which other tests hold to the
// specification, and sees that it gets nothing else.
func TestGemmWhole(t *testing.T) {
	d := newDevice(t)
	defer func() { chooseWhole = wholeFaster }()
	whole := true
	chooseWhole = func(g *kernels.Gemm, _ int) bool {
		if !wholeFits(g) {
			t.Errorf("%v is of whole tiles", g)
		}
		return whole
	}
	r := rand.New(rand.NewPCG(1, 4))
	for i, s := range [][4]int{{1, 128, 256, 16}, {2, 128, 256, 48}, {1, 256, 512, 32},
		{1, 128, 256, 512}, {1, 128, 256, 1040}} {
		for transpose := kernels.NN; transpose <= kernels.TN; transpose++ {
			variant := i + int(transpose)
			g := kernels.Gemm{Transpose: transpose, Batch: s[0], M: s[1], N: s[2], K: s[3],
				Accumulate: variant%2 == 0, Activation: kernels.Activation(variant % 3)}
			g.LDA, g.LDB, g.LDC = g.K+4, g.N+8, g.N+4
			rowsA, rowsB := g.M, g.K
			if transpose == kernels.TN {
				g.LDA, rowsA = g.M+4, g.K
			}
			if transpose == kernels.NT {
				g.LDB, rowsB = g.K+8, g.N
			}
			g.StrideB, g.StrideC = rowsB*g.LDB, g.M*g.LDC // the items share A
			fill := func(n int) kernels.F32 {
				x := d.Float32(n)
				x.Upload(operand(r, variant%4 == 3, 1, 0, n))
				return x
			}
			g.A, g.B, g.C, g.Bias = fill(rowsA*g.LDA), fill(g.Batch*g.StrideB),
				fill(g.Batch*g.StrideC), fill(g.N)
			if variant%3 == 0 {
				g.Bias.Free()
				g.Bias = nil
			}
			got, others := withAndWithout(t, d, g, &whole)
			for e, want := range others {
				if math.Float32bits(got[e]) != math.Float32bits(want) && (got[e] == got[e] || want == want) {
					t.Fatalf("%v: element %d is %v, want %v", &g, e, got[e], want)
				}
			}
			g.A.Free()
			g.B.Free()
			g.C.Free()
			if g.Bias != nil {
				g.Bias.Free()
			}
		}
	}
	for _, g := range []kernels.Gemm{{M: 129, N: 256, K: 16}, {M: 128, N: 255, K: 16},
		{M: 128, N: 256, K: 17}, {M: 128, N: 256}} {
		if wholeFits(&g) {
			t.Errorf("%d×%d×%d is not of whole tiles", g.M, g.N, g.K)
		}
	}
}

// TestGemmPanels does the same for the products whose panels run side by side.
func TestGemmPanels(t *testing.T) {
	d := newDevice(t)
	defer func() { choosePanels, chooseStages = panelsFaster, stagesFaster }()
	chooseStages = noStages
	for _, tile := range panelTiles {
		t.Run(tile.String(), func(t *testing.T) {
			choosePanels = func(g *kernels.Gemm, _ int) (panelTile, bool) { return tile, panelsFit(g) }
			r := rand.New(rand.NewPCG(1, 3))
			for i, m := range []int{1, tile.rows() - 1, tile.rows(), 2*tile.rows() + 1} {
				for j, n := range []int{1, tile.cols() - 1, tile.cols(), tile.cols() + 2} {
					for l, k := range []int{4, 28, 32, 128, 68, 200, 508, 512, 516, 784, 1020, 1024} {
						variant := i + j + l
						g := kernels.Gemm{Transpose: kernels.NT, Batch: 1 + variant%2, M: m, N: n,
							K: k, Accumulate: variant%3 == 0, Activation: kernels.Activation(variant % 3)}
						gemmCase(t, d, r, g, 1+3*(l%2), variant%5 == 0, variant%2 == 0)
					}
				}
			}
			if _, ran := d.signatures[panelKernels[tile]]; !ran {
				t.Error("no product went there")
			}
		})
	}
}

// TestGemmStrips does the same for products of few rows, and sees that nothing else goes there.
func TestGemmStrips(t *testing.T) {
	d := newDevice(t)
	defer func() { chooseStrips, chooseStages = stripsFaster, stagesFaster }()
	chooseStages = noStages
	chooseStrips = func(g *kernels.Gemm, _ int) bool { return stripsFit(g) }
	r := rand.New(rand.NewPCG(1, 5))
	for i, m := range []int{1, stripRows - 2, stripRows, stripRows + 1} {
		for j, n := range []int{4, stripCols - 4, stripCols, 2*stripCols + 8} {
			for l, k := range []int{1, 15, 16, 17, 48, 63, 100, 512} {
				variant := i + j + l
				g := kernels.Gemm{Transpose: kernels.TN, Batch: 1 + variant%2, M: m, N: n, K: k,
					Accumulate: variant%3 == 0}
				gemmCase(t, d, r, g, 4, variant%5 == 0, false)
			}
		}
	}
	if _, ran := d.signatures[stripKernel]; !ran {
		t.Error("no product went there")
	}
	x := d.Float32(512)
	defer x.Free()
	fit := kernels.Gemm{Transpose: kernels.TN, Batch: 1, M: 3, N: 8, K: 5, A: x, LDA: 3, B: x, LDB: 8}
	for i, change := range []func(*kernels.Gemm){
		func(g *kernels.Gemm) {},
		func(g *kernels.Gemm) { g.Transpose = kernels.NN },
		func(g *kernels.Gemm) { g.K = 0 },
		func(g *kernels.Gemm) { g.K = 513 },
		func(g *kernels.Gemm) { g.N = 7 },
		func(g *kernels.Gemm) { g.LDB = 9 },
		func(g *kernels.Gemm) { g.B = x.Slice(1, 512) },
		func(g *kernels.Gemm) { g.Bias = x },
		func(g *kernels.Gemm) { g.Activation = kernels.ReLU },
	} {
		g := fit
		if change(&g); stripsFit(&g) != (i == 0) {
			t.Errorf("change %d: fits %v", i, stripsFit(&g))
		}
	}
}

// TestGemmStages does the same for products of wide layers: every edge of a tile, steps and panels
// that end, rows that do not start 16 bytes, all epilogues.
func TestGemmStages(t *testing.T) {
	d := newDevice(t)
	defer func() { chooseStages = stagesFaster }()
	for _, tile := range stageTiles {
		t.Run(tile.String(), func(t *testing.T) {
			chooseStages = func(g *kernels.Gemm, _ int) (stageTile, bool) { return tile, tile.fits(g) }
			r := rand.New(rand.NewPCG(1, 6))
			for i, m := range []int{1, 4, 32, 97, tile.rows - 4, tile.rows - 1, tile.rows, tile.rows + 4} {
				for j, n := range []int{1, 4, 36, tile.cols - 4, tile.cols - 1, tile.cols, tile.cols + 8} {
					if tile.transpose == kernels.TN {
						m, n = blocks(m, 4)*4, blocks(n, 4)*4
					}
					ks := []int{1, 7, 8, 9, 15, 16, 17, 33, 48, 100, 250, 512, 528, 784, 1040}
					for _, k := range []int{ks[(i+2*j)%len(ks)], ks[(7+2*i+j)%len(ks)]} {
						variant := i + j + k
						g := kernels.Gemm{Transpose: tile.transpose, Batch: 1 + variant%2, M: m, N: n, K: k,
							Accumulate: variant%3 == 0, Activation: kernels.Activation(variant % 3)}
						align := 4
						if tile.transpose == kernels.NT {
							align = 1 + 3*(i%2)
						}
						gemmCase(t, d, r, g, align, variant%5 == 0, variant%2 == 0)
					}
				}
			}
			if _, ran := d.signatures[stageKernels[tile]]; !ran {
				t.Error("no product went there")
			}
		})
	}
}

// TestGemmStagesPlaces: results whose rows start 16, 8 or 4 bytes, as samples' gradients do,
// whose stride is the number of all weights.
func TestGemmStagesPlaces(t *testing.T) {
	d := newDevice(t)
	defer func() { chooseStages = stagesFaster }()
	stages := true
	chooseStages = func(g *kernels.Gemm, _ int) (stageTile, bool) { return stageTiles[1], stages }
	r := rand.New(rand.NewPCG(1, 7))
	const batch, m, n, k = 5, 36, 116, 20
	for beyond := range 4 {
		fill := func(n int) kernels.F32 {
			x := d.Float32(n)
			x.Upload(operand(r, false, 1, 0, n))
			return x
		}
		g := kernels.Gemm{Transpose: kernels.TN, Batch: batch, M: m, N: n, K: k, LDA: m, LDB: n, LDC: n,
			StrideA: k * m, StrideC: m*n + beyond}
		g.A, g.B, g.C = fill(batch*k*m), fill(k*n), fill(batch*g.StrideC)
		if got, want := withAndWithout(t, d, g, &stages); !slices.Equal(got, want) {
			t.Errorf("results %d elements apart differ from those of the other kernels", g.StrideC)
		}
		g.A.Free()
		g.B.Free()
		g.C.Free()
	}
}

// TestStagesFaster: the products of a wide layer with many samples go there, others stay.
func TestStagesFaster(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(5)
	defer x.Free()
	for _, c := range []struct {
		transpose               kernels.Transpose
		batch, m, n, k, strideC int
		want                    string
	}{
		{kernels.NT, 64, 100, 512, 784, 407_050, "nt_104x128"},
		{kernels.TN, 64, 512, 784, 100, 407_050, "tn_128x112"},
		{kernels.NT, 32, 100, 512, 784, 407_050, "nt_104x128"},
		{kernels.TN, 16, 512, 784, 100, 407_050, "tn_128x112"},
		{kernels.NT, 64, 100, 30, 784, 23_860, ""},
		{kernels.TN, 64, 30, 784, 100, 23_860, ""},
		{kernels.NT, 1, 100, 512, 784, 407_050, ""},
		{kernels.TN, 1, 512, 784, 100, 407_050, ""},
		{kernels.NT, 64, 100, 512, 785, 407_050, ""},
		{kernels.TN, 64, 510, 784, 100, 407_050, ""},
		{kernels.NN, 64, 100, 512, 784, 407_050, ""},
	} {
		g := kernels.Gemm{Transpose: c.transpose, Batch: c.batch, M: c.m, N: c.n, K: c.k, A: x, B: x,
			LDA: c.k, LDB: c.k, StrideB: c.strideC}
		if c.transpose == kernels.TN {
			g.LDA, g.LDB, g.StrideA, g.StrideB = c.m, c.n, c.k*c.m, 0
		}
		got := ""
		if tile, faster := stagesFaster(&g, 132); faster {
			got = tile.String()
		}
		if got != c.want {
			t.Errorf("%v: tile %q, want %q", &g, got, c.want)
		}
	}
}

// TestStripsFaster: the gradient of a narrow first layer goes there, of many samples or replicas.
func TestStripsFaster(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(4)
	defer x.Free()
	for _, c := range []struct {
		batch, m, n, k, processors int
		want                       bool
	}{
		{64, 30, 784, 100, 132, true},
		{1, 30, 784, 100, 2, true},
		{1, 30, 784, 100, 132, false},
		{64, 10, 30, 100, 132, false},
		{64, 512, 784, 100, 132, false},
		{1, 4096, 4096, 512, 132, false},
	} {
		g := kernels.Gemm{Transpose: kernels.TN, Batch: c.batch, M: c.m, N: c.n, K: c.k, A: x,
			LDA: c.m, B: x, LDB: c.n, StrideC: c.m * c.n}
		if got := stripsFaster(&g, c.processors); got != c.want {
			t.Errorf("%v on %d: %v, want %v", &g, c.processors, got, c.want)
		}
	}
}

// TestPanelsFaster: the first layer of one sample goes there, large products and rows that are not
// aligned do not.
func TestPanelsFaster(t *testing.T) {
	d := newDevice(t)
	x := d.Float32(5)
	defer x.Free()
	for _, c := range []struct {
		batch, m, n, k, lda, strideB, from int
		want                               string
	}{
		{1, 100, 30, 784, 784, 23857, 0, "1x1"},
		{1, 100, 30, 784, 784, 23860, 4, "1x1"},
		{8, 100, 30, 784, 784, 23860, 0, "2x2"},
		{1, 100, 512, 784, 784, 407050, 0, "4x4"},
		{64, 100, 30, 784, 784, 23860, 0, "7x4"},
		{64, 100, 30, 782, 784, 23860, 0, ""},
		{64, 100, 30, 784, 784, 23861, 0, ""},
		{1, 100, 30, 784, 785, 23860, 0, ""},
		{1, 100, 30, 784, 784, 23860, 1, ""},
		{64, 100, 512, 784, 784, 407052, 0, ""},
		{1, 4096, 4096, 512, 512, 0, 0, ""},
		{1, 100, 30, 3072, 3072, 0, 0, ""},
	} {
		g := kernels.Gemm{Transpose: kernels.NT, Batch: c.batch, M: c.m, N: c.n, K: c.k,
			A: x.Slice(c.from, 5), LDA: c.lda, B: x, LDB: c.k, StrideB: c.strideB}
		got := ""
		if tile, faster := panelsFaster(&g, 132); faster {
			got = tile.String()
		}
		if got != c.want {
			t.Errorf("%v: tile %q, want %q", &g, got, c.want)
		}
	}
}

// newTF32Device is newDevice with TF32 matrix products.
func newTF32Device(t *testing.T) *Device {
	t.Helper()
	d, err := New(Options{TF32: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.remember()
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

// TestTF32Exact: small integers are TF32 numbers and so are their sums of products float32
// numbers, so that TF32 must give the bits of the specification, whatever its order.
func TestTF32Exact(t *testing.T) {
	d := newTF32Device(t)
	defer func() { chooseTF32Tile = fastestTF32Tile }()
	integers := func(r *rand.Rand, n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.IntN(17) - 8)
		}
		return x
	}
	for _, tile := range tf32Tiles {
		chooseTF32Tile = func(*kernels.Gemm, int) gemmTile { return tile }
		for transpose := kernels.NN; transpose <= kernels.TN; transpose++ {
			t.Run(fmt.Sprintf("%v/%v", tile, transpose), func(t *testing.T) {
				r := rand.New(rand.NewPCG(3, 4))
				for i, s := range [][3]int{{1, 1, 1}, {7, 5, 9}, {tile.rows - 1, tile.cols, 8},
					{tile.rows, tile.cols + 1, 16}, {tile.rows + 3, 17, 17}, {20, tile.cols - 2, 600}, {3, 4, 0}} {
					m, n, k := s[0], s[1], s[2]
					g := kernels.Gemm{Transpose: transpose, Batch: 2, M: m, N: n, K: k, LDA: k,
						LDB: n, LDC: n, StrideA: m * k, StrideB: k * n, StrideC: m * n,
						Accumulate: i%2 == 0, Activation: kernels.Activation(i % 3)}
					if transpose == kernels.TN {
						g.LDA = m
					}
					if transpose == kernels.NT {
						g.LDB = k
					}
					kerneltest.Gemm(t, d, g, integers(r, 2*m*k), integers(r, 2*k*n),
						integers(r, 2*m*n), integers(r, n))
				}
			})
		}
	}
}

// TestTF32Error bounds the error of arbitrary products: each operand is off by at most 2⁻¹¹
// of itself, and the float32 sums by less than that again. It is larger than float32's.
func TestTF32Error(t *testing.T) {
	const m, n, k = 33, 40, 300
	d := newTF32Device(t)
	r := rand.New(rand.NewPCG(5, 6))
	a, b := operand(r, false, m, k, k), operand(r, false, k, n, n)
	bufA, bufB, bufC := d.Float32(m*k), d.Float32(k*n), d.Float32(m*n)
	bufA.Upload(a)
	bufB.Upload(b)
	d.Gemm(kernels.Gemm{Batch: 1, M: m, N: n, K: k, A: bufA, LDA: k, B: bufB, LDB: n, C: bufC, LDC: n})
	c, err := kernels.Read(bufC)
	if err != nil {
		t.Fatal(err)
	}
	largest := 0.0 // of the errors, relative to the sum of the products' magnitudes
	for i := range m {
		for j := range n {
			want, scale := 0.0, 0.0
			for p := range k {
				product := float64(a[i*k+p]) * float64(b[p*n+j])
				want += product
				scale += math.Abs(product)
			}
			e := math.Abs(float64(c[i*n+j])-want) / scale
			if !(e <= 0x1.1p-10) {
				t.Fatalf("C[%d, %d] = %v, want %v: relative error %v", i, j, c[i*n+j], want, e)
			}
			largest = max(largest, e)
		}
	}
	if largest < 0x1p-16 {
		t.Errorf("the largest error, %v, is float32's: TF32 was not used", largest)
	}
	for _, buffer := range []kernels.F32{bufA, bufB, bufC} {
		buffer.Free()
	}
}

// TestFastestTile: large products take the large tile, few columns the tall one, small ones
// a tile that leaves no multiprocessor idle.
func TestFastestTile(t *testing.T) {
	for _, c := range []struct {
		batch, m, n, k int
		want           string
	}{
		{1, 4096, 4096, 4096, "128x128"},
		{64, 100, 512, 784, "128x128"},
		{64, 784, 512, 100, "128x128"},
		{256, 100, 30, 784, "128x32"},
		{64, 100, 30, 784, "128x32"},
		{64, 30, 784, 100, "32x128"},
		{1, 100, 512, 784, "16x32"},
		{1, 100, 10, 30, "16x32"},
	} {
		g := kernels.Gemm{Batch: c.batch, M: c.m, N: c.n, K: c.k}
		if got := fastestTile(&g, 132).String(); got != c.want {
			t.Errorf("%v: tile %s, want %s", &g, got, c.want)
		}
	}
}
