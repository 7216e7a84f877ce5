package bnn

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
)

// member is a posterior of widths and activation with means and deviations of its own.
func member(t *testing.T, a kernels.Activation, seed uint64, widths ...int) *Posterior {
	t.Helper()
	q := must.Get(NewPosterior(Model{Network: Network{Widths: widths, Activation: a},
		Likelihood: Gaussian(1), Prior: Prior{Std: 1}}, 0.1, seed))(t)
	key := kernels.Key{Seed: seed, Stream: 77}
	for i := range q.Rho {
		q.Mu[i] += float32(key.Words(uint32(i))[0]) * 0x1p-31
		q.Rho[i] -= float32(key.Words(uint32(i))[1]) * 0x1p-32
	}
	return q
}

// relabeled is q with its hidden neurons in another order and, where flip, the signs of every
// second one turned: the same functions.
func relabeled(q *Posterior, flip bool) *Posterior {
	r := *q
	r.Mu, r.Rho = slices.Clone(q.Mu), slices.Clone(q.Rho)
	layers := q.Model.Network.layers()
	for h := 1; h < len(layers); h++ {
		in, out, n := layers[h-1], layers[h], layers[h].in
		from := Posterior{Mu: slices.Clone(r.Mu), Rho: slices.Clone(r.Rho)}
		move := func(to, at int, turn bool) {
			r.Mu[to], r.Rho[to] = from.Mu[at], from.Rho[at]
			if turn {
				r.Mu[to] = -r.Mu[to]
			}
		}
		for i := range n {
			j, turn := (i+h+1)%n, flip && i%2 == 1
			for k := range in.in {
				move(in.weight+i*in.in+k, in.weight+j*in.in+k, turn)
			}
			move(in.bias+i, in.bias+j, turn)
			for k := range out.out {
				move(out.weight+k*n+i, out.weight+k*n+j, turn)
			}
		}
	}
	return &r
}

// A member and its relabelling are one mode, of one layer, of two, and with turned signs of tanh;
// another training is another mode, which no order of neurons brings to the first.
func TestModes(t *testing.T) {
	for _, c := range []struct {
		name       string
		activation kernels.Activation
		flip       bool
		widths     []int
	}{
		{"one layer", kernels.ReLU, false, []int{3, 6, 2}},
		{"two layers", kernels.ReLU, false, []int{3, 5, 4, 2}},
		{"signs", kernels.Tanh, true, []int{3, 6, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := member(t, c.activation, 1, c.widths...)
			other := member(t, c.activation, 2, c.widths...)
			m := must.Get(Mixture{q, other, relabeled(q, c.flip)}.Modes(t.Context()))(t)
			if m.Count != 2 || len(m.Pairs) != 3 {
				t.Fatalf("%d modes in %d pairs, want 2 in 3", m.Count, len(m.Pairs))
			}
			same := m.Pairs[slices.IndexFunc(m.Pairs,
				func(p ModePair) bool { return p.First == 1 && p.Second == 3 })]
			if same.Matched > 1e-6 || same.Shared != same.Hidden || same.Unmatched < 10 {
				t.Errorf("the relabeled member: %+v, want a matched distance of 0", same)
			}
			different := m.Pairs[0]
			if different.Shared == different.Hidden || different.Matched >= different.Unmatched ||
				different.Matched < 1 {
				t.Errorf("another member: %+v", different)
			}
		})
	}
}

// The neurons of turned signs are others where the activation is ReLU.
func TestModesSignsOfReLU(t *testing.T) {
	q := member(t, kernels.ReLU, 1, 3, 6, 2)
	m := must.Get(Mixture{q, relabeled(q, true)}.Modes(t.Context()))(t)
	if m.Count != 2 {
		t.Errorf("%d modes, want 2", m.Count)
	}
}

func TestModesStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := member(t, kernels.ReLU, 1, 3, 6, 2)
	if _, err := (Mixture{q, q}).Modes(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// The matched distance is the smallest of all orders, found by trying them all, and the distance
// is −log of the overlap, found by integration.
func TestModesOracle(t *testing.T) {
	a, b := member(t, kernels.ReLU, 3, 2, 4, 1), member(t, kernels.ReLU, 4, 2, 4, 1)
	p := must.Get(matchMembers(t.Context(), a, b))(t)
	sigmaA, sigmaB := a.Sigma(), b.Sigma()
	distance := func(i, j int) float64 { // of one parameter
		sum, step := 0.0, 1e-3
		for x := -8.0; x < 8; x += step {
			density := func(mu, sigma float32) float64 {
				z := (x - float64(mu)) / float64(sigma)
				return math.Exp(-z*z/2) / float64(sigma) / math.Sqrt(2*math.Pi)
			}
			sum += math.Sqrt(density(a.Mu[i], sigmaA[i])*density(b.Mu[j], sigmaB[j])) * step
		}
		return -math.Log(sum)
	}
	var pairs [4][4]float64 // W_1 4×2 at 0, b_1 at 8, W_2 1×4 at 12, b_2 at 16
	for i := range 4 {
		for j := range 4 {
			pairs[i][j] = distance(2*i, 2*j) + distance(2*i+1, 2*j+1) +
				distance(8+i, 8+j) + distance(12+i, 12+j)
		}
	}
	best := math.Inf(1)
	for _, o := range [][4]int{{0, 1, 2, 3}, {0, 1, 3, 2}, {0, 2, 1, 3}, {0, 2, 3, 1}, {0, 3, 1, 2},
		{0, 3, 2, 1},
		{1, 0, 2, 3}, {1, 0, 3, 2}, {1, 2, 0, 3}, {1, 2, 3, 0}, {1, 3, 0, 2}, {1, 3, 2, 0},
		{2, 0, 1, 3}, {2, 0, 3, 1}, {2, 1, 0, 3}, {2, 1, 3, 0}, {2, 3, 0, 1}, {2, 3, 1, 0},
		{3, 0, 1, 2}, {3, 0, 2, 1}, {3, 1, 0, 2}, {3, 1, 2, 0}, {3, 2, 0, 1}, {3, 2, 1, 0}} {
		sum := distance(16, 16)
		for i, j := range o {
			sum += pairs[i][j]
		}
		best = min(best, sum)
	}
	if math.Abs(p.Matched-best) > 1e-3*best {
		t.Errorf("matched distance %v, all orders give %v", p.Matched, best)
	}
}
