package cpu_test

import (
	"fmt"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// benchmarkGemms are the products of the networks this project trains, and cubes.
var benchmarkGemms = []kernels.Gemm{
	{Transpose: kernels.NT, Batch: 1, M: 100, N: 30, K: 784},
	{Transpose: kernels.NT, Batch: 1, M: 100, N: 10, K: 30},
	{Transpose: kernels.NT, Batch: 1, M: 100, N: 512, K: 784},
	{Transpose: kernels.NT, Batch: 1, M: 64, N: 64, K: 64},
	{Transpose: kernels.NT, Batch: 1, M: 512, N: 512, K: 512},
	{Transpose: kernels.NT, Batch: 1, M: 1024, N: 1024, K: 1024},
	{Transpose: kernels.NT, Batch: 1, M: 10000, N: 30, K: 784},
	{Transpose: kernels.TN, Batch: 1, M: 30, N: 784, K: 100},
	{Transpose: kernels.NN, Batch: 1, M: 100, N: 784, K: 30},
	{Transpose: kernels.NT, Batch: 16, M: 100, N: 30, K: 784},
	{Transpose: kernels.NT, Batch: 256, M: 100, N: 30, K: 784},
	{Transpose: kernels.NT, Batch: 64, M: 1000, N: 5, K: 784},
	{Transpose: kernels.NT, Batch: 64, M: 1000, N: 10, K: 784},
	{Transpose: kernels.NT, Batch: 64, M: 1000, N: 20, K: 784},
	{Transpose: kernels.NT, Batch: 16, M: 100, N: 5, K: 784},
	{Transpose: kernels.NN, Batch: 1, M: 512, N: 512, K: 512},
	{Transpose: kernels.TN, Batch: 1, M: 512, N: 512, K: 512},
}

// dense fills in leading dimensions and strides without gaps; A is shared by a batch.
func dense(g kernels.Gemm) kernels.Gemm {
	g.LDA, g.LDB, g.LDC = g.K, g.N, g.N
	if g.Transpose == kernels.TN {
		g.LDA = g.M
	}
	if g.Transpose == kernels.NT {
		g.LDB = g.K
	}
	g.StrideB, g.StrideC = g.N*g.K, g.M*g.N
	return g
}

// BenchmarkGemm times every row, with GOMAXPROCS threads, and gonum.
func BenchmarkGemm(b *testing.B) {
	for _, g := range benchmarkGemms {
		g = dense(g)
		values := make([]float32, max(g.M*g.K, g.Batch*g.N*g.K))
		for i := range values {
			values[i] = float32(i%7) - 3
		}
		name := fmt.Sprintf("%v-%dx%dx%dx%d", g.Transpose, g.Batch, g.M, g.N, g.K)
		report := func(b *testing.B) {
			flops := 2 * float64(g.Batch) * float64(g.M) * float64(g.N) * float64(g.K)
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		}
		for _, isa := range cpu.ISAs() {
			b.Run(name+"/"+isa, func(b *testing.B) {
				d := newCPU(b, isa, 0)
				defer d.Close()
				g.A, g.B, g.C = d.Float32(g.M*g.K), d.Float32(g.Batch*g.N*g.K), d.Float32(g.Batch*g.M*g.N)
				g.A.Upload(values[:g.M*g.K])
				g.B.Upload(values[:g.Batch*g.N*g.K])
				d.Gemm(g)
				for b.Loop() {
					d.Gemm(g)
				}
				report(b)
			})
		}
		b.Run(name+"/gonum", func(b *testing.B) {
			tA, tB := blas.NoTrans, blas.NoTrans
			x := blas32.General{Rows: g.M, Cols: g.K, Stride: g.LDA, Data: values}
			y := blas32.General{Rows: g.K, Cols: g.N, Stride: g.LDB, Data: values}
			if g.Transpose == kernels.TN {
				tA, x.Rows, x.Cols = blas.Trans, g.K, g.M
			}
			if g.Transpose == kernels.NT {
				tB, y.Rows, y.Cols = blas.Trans, g.N, g.K
			}
			z := blas32.General{Rows: g.M, Cols: g.N, Stride: g.LDC, Data: make([]float32, g.M*g.N)}
			for b.Loop() {
				for range g.Batch {
					blas32.Gemm(tA, tB, 1, x, y, 0, z)
				}
			}
			report(b)
		})
	}
}
