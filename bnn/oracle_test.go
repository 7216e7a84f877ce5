package bnn

import (
	"math"

	"github.com/symvi/symvi/kernels"
)

// The oracle is an independent float64 implementation of the objective, by
// brute force: no formula of the library is used but the layout of ω.

// outputs runs the network on one input.
func (n Network) oracleForward(w, x []float64) []float64 {
	layers := n.layers()
	for i, l := range layers {
		y := make([]float64, l.out)
		for o := range y {
			y[o] = w[l.bias+o]
			for k, v := range x {
				y[o] += w[l.weight+o*l.in+k] * v
			}
			if i < len(layers)-1 {
				if n.Activation == kernels.ReLU {
					y[o] = math.Max(y[o], 0)
				} else {
					y[o] = math.Tanh(y[o])
				}
			}
		}
		x = y
	}
	return x
}

// oracleLogLikelihood sums log p(y|x, w) over the given rows; noise is that of every target
// where it is learned.
func oracleLogLikelihood(m Model, d Data, rows []int32, w []float64, noise ...float64) float64 {
	in := m.Network.Widths[0]
	total := 0.0
	for _, r := range rows {
		x := make([]float64, in)
		for k := range x {
			x[k] = float64(d.X[int(r)*in+k])
		}
		f := m.Network.oracleForward(w, x)
		if m.Likelihood.IsSoftmax() {
			sum := 0.0
			for _, v := range f {
				sum += math.Exp(v)
			}
			total += f[d.Labels[r]] - math.Log(sum)
			continue
		}
		targets := m.targets()
		for o, v := range f[:targets] {
			sigma := m.Likelihood.noise
			switch m.Likelihood.Kind() {
			case LikelihoodGaussianLearned:
				sigma = noise[o]
			case LikelihoodGaussianHeteroscedastic:
				sigma = softplus64(f[targets+o])
			}
			z := (float64(d.Targets[int(r)*targets+o]) - v) / sigma
			total += -z*z/2 - math.Log(sigma) - math.Log(2*math.Pi)/2
		}
	}
	return total
}

func softplus64(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// oracleKL is KL(N(μ, σ²) ‖ N(0, s²)) with σ = softplus(ρ) and one s, or one for every element.
func oracleKL(mu, rho []float64, prior ...float64) float64 {
	total := 0.0
	for i := range mu {
		s := prior[i%len(prior)]
		sigma := softplus64(rho[i])
		total += math.Log(s/sigma) + (sigma*sigma+mu[i]*mu[i])/(2*s*s) - 0.5
	}
	return total
}

// oracleLogQ is log N(w; μ, σ²).
func oracleLogQ(w, mu, rho []float64) float64 {
	total := 0.0
	for i := range w {
		sigma := softplus64(rho[i])
		z := (w[i] - mu[i]) / sigma
		total += -z*z/2 - math.Log(sigma) - math.Log(2*math.Pi)/2
	}
	return total
}

// permute returns g⁻¹ω: component i of hidden layer l takes the parameters of neuron perms[l][i].
func (n Network) permute(w []float64, perms [][]int32) []float64 {
	layers := n.layers()
	out := append([]float64(nil), w...)
	at := func(perm []int32, i int) int {
		if perm == nil {
			return i
		}
		return int(perm[i])
	}
	for i, l := range layers {
		var rows, cols []int32
		if i < len(layers)-1 {
			rows = perms[i]
		}
		if i > 0 {
			cols = perms[i-1]
		}
		for a := range l.out {
			out[l.bias+a] = w[l.bias+at(rows, a)]
			for b := range l.in {
				out[l.weight+a*l.in+b] = w[l.weight+at(rows, a)*l.in+at(cols, b)]
			}
		}
	}
	return out
}

// allPermutations lists the elements of the group of a network.
func (n Network) allPermutations() [][][]int32 {
	group := [][][]int32{{}}
	for _, h := range n.Hidden() {
		var bigger [][][]int32
		for _, g := range group {
			for _, p := range permutations(h) {
				bigger = append(bigger, append(append([][]int32{}, g...), p))
			}
		}
		group = bigger
	}
	return group
}

func permutations(n int) [][]int32 {
	if n == 0 {
		return [][]int32{{}}
	}
	var all [][]int32
	for _, p := range permutations(n - 1) {
		for at := range n {
			q := append([]int32{}, p[:at]...)
			q = append(append(q, int32(n-1)), p[at:]...)
			all = append(all, q)
		}
	}
	return all
}

// oracleInformation is log q(w) − log (1/K) Σ_g q(g⁻¹w) over the given group elements.
func (n Network) oracleInformation(w, mu, rho []float64, group [][][]int32) float64 {
	largest := math.Inf(-1)
	var logs []float64
	for _, g := range group {
		logs = append(logs, oracleLogQ(n.permute(w, g), mu, rho))
		largest = math.Max(largest, logs[len(logs)-1])
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l - largest)
	}
	return oracleLogQ(w, mu, rho) - largest - math.Log(sum/float64(len(group)))
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
