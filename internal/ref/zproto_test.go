package ref

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

func protoRegime(name string, n int, r *rand.Rand) []float64 {
	d := 20
	mu, sd, w := make([]float64, n*d), make([]float64, n*d), make([]float64, n*d)
	for i := range mu {
		mu[i], sd[i] = r.NormFloat64(), 1
	}
	switch name {
	case "overlap":
		for i := range mu { mu[i] *= 0.3 }
	case "medium":
		for i := range mu { mu[i] *= 0.7 }
	case "scales":
		for i := range n { s := math.Exp(r.NormFloat64()); for k := range d { sd[i*d+k] = s; mu[i*d+k] *= 0.5 } }
	case "elementscales":
		for i := range mu { sd[i] = math.Exp(0.5*r.NormFloat64()); mu[i] *= 0.5 }
	case "pruned":
		for i := range n { if i%5 < 2 { for k := range d { mu[i*d+k] = 0.02*r.NormFloat64(); sd[i*d+k] = 1+0.01*r.NormFloat64() } } else { for k := range d { mu[i*d+k] *= 0.6; sd[i*d+k]=0.5 } } }
	case "dead":
		d2 := 800
		mu, sd, w = make([]float64, n*d2), make([]float64, n*d2), make([]float64, n*d2)
		d = d2
		for i := range mu {
			if i%d < 760 { mu[i] = 0.03*r.NormFloat64(); sd[i] = 1+0.01*r.NormFloat64() } else { mu[i] = r.NormFloat64()*.5; sd[i] = 0.5 }
		}
	}
	for i := range w { w[i] = mu[i] + sd[i]*r.NormFloat64() }
	c := make([]float64, n*n)
	for i := range n { for j := range n { s := 0.0; for k := range d { z := (w[j*d+k]-mu[i*d+k])/sd[i*d+k]; s += -z*z/2 - math.Log(sd[i*d+k]) }; c[i*n+j] = s } }
	return c
}

func TestProto(t *testing.T) {
	if os.Getenv("PROTO") == "" { t.Skip() }
	for _, n := range []int{16, 32, 64, 128} {
		for _, name := range []string{"overlap", "medium", "scales", "elementscales", "pruned", "dead"} {
			sw := []int{0, 16, 8, 4, 2, 1}
			line := fmt.Sprintf("n=%3d %-14s", n, name)
			for _, s := range sw {
				r := rand.New(rand.NewPCG(1, 2))
				const K, items = 50, 12
				f, in, sc := ProposalSize(n, s)
				p := NewProposal(n, s, make([]float64, f), make([]int32, in))
				scratch := make([]float64, sc)
				cv := 0.0
				var tm time.Duration
				for range items {
					c := protoRegime(name, n, r)
					p.Prepare(c, scratch)
					logs, ws := make([]float64, K), make([]float64, K)
					tau := make([]int32, n)
					start := time.Now()
					for k := range K {
						lr := p.Draw(tau, false, Key{Seed: 3, Sample: uint32(r.IntN(1000))}, uint32(k), scratch)
						logs[k] = GatherAdd(0, c, tau) - lr
					}
					tm += time.Since(start)
					LogMeanExp(ws, logs)
					q := 0.0
					for _, w := range ws { q += w * w }
					cv += (K*q - 1) * K / (K - 1)
				}
				cv /= items
				line += fmt.Sprintf("  %.3f/%.0fµs", 1/(1+cv), float64(tm.Microseconds())/items/K)
			}
			fmt.Println(line)
		}
	}
}
