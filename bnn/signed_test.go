package bnn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func tanh(widths ...int) Network { return Network{Widths: widths, Activation: kernels.Tanh} }

// flip negates the neurons of a hidden layer whose bit is set.
func (n Network) flip(w []float64, bits int) []float64 {
	out := slices.Clone(w)
	low, high := n.layers()[0], n.layers()[1]
	for i := range low.out {
		if bits>>i&1 == 0 {
			continue
		}
		out[low.bias+i] *= -1
		for k := range low.in {
			out[low.weight+i*low.in+k] *= -1
		}
		for o := range high.out {
			out[high.weight+o*high.in+i] *= -1
		}
	}
	return out
}

// oracleSigned is I(ω) by a sum over all 2ⁿ n! signed permutations.
func (n Network) oracleSigned(w, mu, rho []float64) float64 {
	group := n.allPermutations()
	total, count := 0.0, 0.0
	own := oracleLogQ(w, mu, rho)
	for bits := range 1 << n.Hidden()[0] {
		flipped := n.flip(w, bits)
		for _, g := range group {
			total += math.Exp(oracleLogQ(n.permute(flipped, g), mu, rho) - own)
			count++
		}
	}
	return -math.Log(total / count)
}

func TestSignedInformationAndGradientAgainstBruteForce(t *testing.T) {
	for _, width := range []int{1, 2, 4} {
		n := tanh(3, width, 2)
		for _, std := range []float64{0.1, 0.4, 1.5} {
			q := overlapping(t, n, std)
			mu, rho := float64s(q.Mu), float64s(q.Rho)
			w := draw(q, 2)
			size := n.Parameters()
			z, buffer := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorExact,
				Group: GroupSignedPermutations}, w)
			gradient := z.gradient(t, buffer)
			for s, got := range read64(t, z.found().information) {
				x := float64s(w[s*size : (s+1)*size])
				want := n.oracleSigned(x, mu, rho)
				if !(math.Abs(got-want) < 1e-4) {
					t.Errorf("n = %d, σ %v: I = %v, brute force gives %v", width, std, got, want)
				}
				for i := range x {
					const h = 1e-5
					at := x[i]
					x[i] = at + h
					up := n.oracleSigned(x, mu, rho)
					x[i] = at - h
					down := n.oracleSigned(x, mu, rho)
					x[i] = at
					if slope, g := (up-down)/(2*h),
						float64(gradient[s*size+i]); !(math.Abs(g-slope) < 1e-3*(1+math.Abs(slope))) {
						t.Errorf("n = %d, σ %v: gradient %d is %v, want %v", width, std, i, g, slope)
					}
				}
			}
		}
	}
}

func TestSignedBounds(t *testing.T) {
	for _, width := range []int{4, 10} {
		n := tanh(5, width, 2)
		for _, std := range []float64{0.01, 0.3, 1} {
			q := overlapping(t, n, std)
			w := draw(q, 300)
			signed := Symmetrization{Estimator: EstimatorExact, Group: GroupSignedPermutations}
			exact := information(t, n, q, signed, w)
			unsigned := estimate(information(t, n, q, Symmetrization{Estimator: EstimatorExact}, w))
			z, _ := symmetrized(t, n, q, Symmetrization{Estimator: EstimatorImportance,
				Permutations: 30, Group: GroupSignedPermutations}, w)
			below, above := read64(t, z.found().information), read64(t, z.found().upper)
			uniform := information(t, n, q, Symmetrization{Estimator: EstimatorUniform,
				Permutations: 10, Group: GroupSignedPermutations}, w)
			for s, x := range exact {
				below[s], above[s], uniform[s] = x-below[s], above[s]-x, x-uniform[s]
			}
			for name, gap := range map[string]Estimate{"lower": estimate(below),
				"upper": estimate(above), "uniform": estimate(uniform)} {
				if !(gap.Value >= -4*gap.SE-1e-9) {
					t.Errorf("n = %d, σ %v: %s is %v ± %v on the wrong side", width, std, name, -gap.Value, gap.SE)
				}
				if name != "uniform" && !(gap.Value < 0.1+4*gap.SE) {
					t.Errorf("n = %d, σ %v: %s is %v off", width, std, name, gap.Value)
				}
			}
			order := signed.LogGroupOrder(n)
			if e := estimate(exact); !(e.Value <= order+1e-9) || !(e.Value >= unsigned.Value-4*e.SE-1e-9) {
				t.Errorf("n = %d, σ %v: I = %v, want between the unsigned %v and log |G| = %v",
					width, std, e.Value, unsigned.Value, order)
			} else if std == 0.01 && !(math.Abs(e.Value-order) < 0.1) {
				t.Errorf("n = %d, separated: I = %v, want log 2ⁿn! = %v", width, e.Value, order)
			}
		}
	}
}

func TestSignsNeedAnOddActivation(t *testing.T) {
	y := Symmetrization{Estimator: EstimatorAuto, Group: GroupSignedPermutations}
	for _, c := range []struct {
		n    Network
		y    Symmetrization
		want string
	}{
		{mlp(2, 3, 2), y, "relu, which is not odd"},
		{tanh(2, 3, 3, 2), y, "signs serve one hidden layer"},
		{tanh(2, 3, 2), Symmetrization{Estimator: EstimatorExact, Group: "rotations"},
			`"rotations": unknown`},
		{tanh(2, 3, 2), y, ""},
		{tanh(2, 2), y, ""},
	} {
		if err := c.y.Validate(c.n); (err == nil) != (c.want == "") || err != nil &&
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.n, err, c.want)
		}
	}
	// Training with signs goes through every estimator.
	m := Model{tanh(3, 18, 2), Softmax(), Prior{Std: 1}}
	for _, e := range []Estimator{EstimatorUniform, EstimatorExact, EstimatorImportance,
		EstimatorAuto} {
		o := FitOptions{Epochs: 1, Batch: 20, InitStd: 0.3, Symmetrize: Symmetrization{Estimator: e,
			Permutations: 5, Group: GroupSignedPermutations}}
		if e == EstimatorExact {
			m.Network.Widths = []int{3, 6, 2}
		}
		var stats EpochStats
		o.OnEpoch = func(s EpochStats) error { stats = s; return nil }
		fitBits(t, cpu.Options{}, m, toyData(m, 40, 1), o)
		if most := o.Symmetrize.LogGroupOrder(m.Network); !(stats.Information > 0 &&
			stats.Information <= most) {
			t.Errorf("%s: I = %v of at most %v", e, stats.Information, most)
		}
	}
}
