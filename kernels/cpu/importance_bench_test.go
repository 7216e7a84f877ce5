package cpu_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/symvi/symvi/internal/kernelcase"
	"github.com/symvi/symvi/kernels"
)

// importanceCase is a sampled layer whose neurons overlap in all but a few of their
// inputs, as on MNIST, where most pixels of the border are dead.
func importanceCase(d kernels.Device, n, dim int) kernels.PairLogDensity {
	mu, sigma, inv, w := make([]float32, n*dim), make([]float32, n*dim), make([]float32, n*dim),
		make([]float32, n*dim)
	kernels.Key{Seed: 1}.Normals(mu, 0)
	kernels.Key{Seed: 2}.Normals(w, 0)
	for i := range mu {
		sigma[i] = 1
		if i%dim%20 > 0 {
			mu[i] *= 0.02
		} else {
			sigma[i] = 0.5
			mu[i] *= 0.5
		}
		inv[i] = 1 / sigma[i]
		w[i] = mu[i] + sigma[i]*w[i]
	}
	m := kernelcase.NewMemory(d)
	return kernels.PairLogDensity{Batch: 1, N: n, D: dim, W: m.F32(w), Mu: m.F32(mu),
		InvSigma: m.F32(inv), C: d.Float64(n * n)}
}

// BenchmarkImportance gives the cost of drawing K permutations as a multiple of
// the cost of the pair log-densities they are drawn from (column xC), and what they are
// worth (ess, a fraction of K), for several intervals of the sweeps.
func BenchmarkImportance(b *testing.B) {
	for _, c := range []struct {
		n, k, dim int
	}{{32, 20, 800}, {64, 20, 800}, {128, 20, 800}, {512, 100, 800}} {
		for _, sweep := range []int{0, 32, 16, 8, 4, 2, 1} {
			if c.n == 512 && sweep > 0 && sweep < 8 {
				continue
			}
			b.Run(fmt.Sprintf("n=%d/K=%d/sweep=%d", c.n, c.k, sweep), func(b *testing.B) {
				d := newCPU(b, "", 1)
				pair := importanceCase(d, c.n, c.dim)
				k := c.k + 1
				perms, logs, logProposal, weights, results := d.Int32(k*c.n), d.Float64(k),
					d.Float64(k), d.Float64(k), d.Float64(3)
				propose := kernels.ProposePermutations{Key: kernels.Key{Seed: 3}, Batch: 1, K: k,
					N: c.n, Sweep: sweep, C: pair.C, Perms: perms, LogProposal: logProposal}
				gather := kernels.PermutationLogDensity{Batch: 1, K: k, N: c.n, C: pair.C,
					Perms: perms, Logs: logs}
				average := kernels.ImportanceAverage{Batch: 1, K: k, Logs: logs,
					LogProposal: logProposal, Weights: weights,
					Lower: results.Slice(0, 1), Upper: results.Slice(1, 2), Spread: results.Slice(2, 3)}
				d.PairLogDensity(pair)
				densities := time.Duration(math.MaxInt64) // the best of a few
				for range 10 {
					start := time.Now()
					d.PairLogDensity(pair)
					densities = min(densities, time.Since(start))
				}
				for b.Loop() {
					d.ProposePermutations(propose)
					d.PermutationLogDensity(gather)
					d.ImportanceAverage(average)
				}
				spread := 0.0
				const repeats = 20
				for i := range repeats {
					propose.Key.Step = uint32(i)
					d.ProposePermutations(propose)
					d.PermutationLogDensity(gather)
					d.ImportanceAverage(average)
					spread += kernelcase.Read(b, results)[2] / repeats
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/
					float64(densities.Nanoseconds()), "xC")
				b.ReportMetric(1/(1+spread), "ess")
			})
		}
	}
}
