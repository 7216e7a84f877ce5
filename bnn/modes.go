package bnn

import (
	"context"
	"math"
	"slices"

	"github.com/symvi/symvi/internal/assignment"
	"github.com/symvi/symvi/kernels"
)

// Modes says how many different modes the members of a mixture have found, after their hidden
// neurons have been matched: what is left cannot be undone by exchanging neurons or, of tanh, by
// turning their signs, so it is another function.
type Modes struct {
	// Count is the number of groups of members that share a mode.
	Count int `json:"count"`
	// Pairs are all pairs of members.
	Pairs []ModePair `json:"pairs"`
}

// ModePair compares the posteriors of two members, q_a and q_b. Distances are Bhattacharyya's,
// −log ∫ √(q_a q_b), in nats: 0 for equal posteriors, large where they do not overlap.
type ModePair struct {
	// First and Second are the members, counted from 1.
	First  int `json:"first"`
	Second int `json:"second"`
	// Unmatched is the distance with the neurons as they are, Matched with those of the second
	// member in the order, and with the signs, that bring it nearest to the first: for one hidden
	// layer the best of all, for several a local optimum (Ainsworth et al. 2023, "Git Re-Basin").
	Unmatched float64 `json:"unmatched"`
	Matched   float64 `json:"matched"`
	// Shared is how many of the Hidden neurons are within SharedDistance of their match.
	Shared int `json:"shared"`
	Hidden int `json:"hidden"`
}

// SharedDistance is the distance, in nats over all parameters of a hidden neuron, below which
// two neurons count as the same. Members share a mode when all of their neurons are the same.
const SharedDistance = 1.0

// Modes matches the hidden neurons of every pair of members, in a time that grows with the square
// of a layer's width times the parameters of its neurons. When ctx is cancelled it returns its
// error.
func (m Mixture) Modes(ctx context.Context) (*Modes, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	r := &Modes{}
	group := make([]int, len(m)) // the first member with the same mode
	for b := range m {
		group[b] = b
		for a := range b {
			p, err := matchMembers(ctx, m[a], m[b])
			if err != nil {
				return nil, err
			}
			p.First, p.Second = a+1, b+1
			r.Pairs = append(r.Pairs, p)
			if p.Shared == p.Hidden {
				join(group[:b+1], a, b)
			}
		}
	}
	for a, g := range group {
		if a == g {
			r.Count++
		}
	}
	return r, nil
}

// join makes one group of those of a and b.
func join(group []int, a, b int) {
	first, other := min(group[a], group[b]), max(group[a], group[b])
	for i, g := range group {
		if g == other {
			group[i] = first
		}
	}
}

// matching is the search for the order and the signs of b's hidden neurons.
type matching struct {
	layers     []layer
	muA, muB   []float32
	varA, varB []float64
	signs      bool
	// For every layer of neurons, from the inputs to the outputs: neuron i of a belongs to
	// neuron order[i] of b, whose sign is turned where turned[i].
	order  [][]int32
	turned [][]bool
}

// matchMembers finds the best order of b's neurons.
func matchMembers(ctx context.Context, a, b *Posterior) (ModePair, error) {
	n := a.Model.Network
	m := &matching{layers: n.layers(), muA: a.Mu, muB: b.Mu, varA: a.variances(),
		varB: b.variances(), signs: n.Activation == kernels.Tanh}
	for _, width := range n.Widths {
		order := make([]int32, width)
		for i := range order {
			order[i] = int32(i)
		}
		m.order, m.turned = append(m.order, order), append(m.turned, make([]bool, width))
	}
	p := ModePair{Unmatched: m.distance()}
	const passes = 20 // each brings the posteriors nearer; few are needed
	for range passes {
		changed := false
		for h := 1; h < len(m.layers); h++ {
			moved, err := m.matchLayer(ctx, h)
			if err != nil {
				return p, err
			}
			changed = changed || moved
		}
		if !changed || len(m.layers) == 2 {
			break
		}
	}
	p.Matched = m.distance()
	for h := 1; h < len(m.layers); h++ {
		for i, j := range m.order[h] {
			p.Hidden++
			if d, turned := m.neuron(h, i, int(j)); min(d, turned) < SharedDistance {
				p.Shared++
			}
		}
	}
	return p, nil
}

// variances are σ² of every parameter.
func (q *Posterior) variances() []float64 {
	sigma := q.Sigma()
	v := make([]float64, len(sigma))
	for i, s := range sigma {
		v[i] = float64(s) * float64(s)
	}
	return v
}

// matchLayer gives b's neurons of one hidden layer their best order while the other layers
// keep theirs, and reports whether it changed.
func (m *matching) matchLayer(ctx context.Context, h int) (changed bool, err error) {
	n := len(m.order[h])
	scores, turned := make([]float64, n*n), make([]bool, n*n)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		for j := range n {
			d, t := m.neuron(h, i, j)
			scores[i*n+j], turned[i*n+j] = -min(d, t), t < d
		}
	}
	floats, ints := assignment.Scratch(n)
	rows := make([]int32, ints)
	u, v := make([]float64, n), make([]float64, n)
	assignment.Solve(scores, u, v, n, make([]float64, floats), rows)
	before := slices.Clone(m.order[h])
	for j, i := range rows[:n] {
		m.order[h][i], m.turned[h][i] = int32(j), turned[int(i)*n+j]
	}
	return !slices.Equal(before, m.order[h]), nil
}

// neuron is the distance of neuron i of a from neuron j of b in hidden layer h, as it is and with
// its sign turned (infinite where signs matter): of its incoming weights, its bias and its
// outgoing weights.
func (m *matching) neuron(h, i, j int) (same, turned float64) {
	in, out := m.layers[h-1], m.layers[h]
	var d overlap
	for k, from := range m.order[h-1] {
		m.add(&d, in.weight+i*in.in+k, in.weight+j*in.in+int(from), m.turned[h-1][k])
	}
	m.add(&d, in.bias+i, in.bias+j, false)
	for k, to := range m.order[h+1] {
		m.add(&d, out.weight+k*out.in+i, out.weight+int(to)*out.in+j, m.turned[h+1][k])
	}
	same, turned = d.distances()
	if !m.signs {
		turned = math.Inf(1)
	}
	return same, turned
}

// distance is that of all parameters in the order found so far.
func (m *matching) distance() float64 {
	var d overlap
	for l, layer := range m.layers {
		for i, j := range m.order[l+1] {
			turned := m.turned[l+1][i]
			for k, from := range m.order[l] {
				m.add(&d, layer.weight+i*layer.in+k, layer.weight+int(j)*layer.in+int(from),
					turned != m.turned[l][k])
			}
			m.add(&d, layer.bias+i, layer.bias+int(j), turned)
		}
	}
	same, _ := d.distances()
	return same
}

// add adds parameter i of a and parameter j of b, whose mean changes its sign where turned.
func (m *matching) add(d *overlap, i, j int, turned bool) {
	b := float64(m.muB[j])
	if turned {
		b = -b
	}
	d.add(float64(m.muA[i]), b, m.varA[i], m.varB[j])
}

// overlap sums Bhattacharyya distances of one-dimensional Gaussians,
//
//	¼ (μ_a − μ_b)²/(σ_a² + σ_b²) + ½ log((σ_a² + σ_b²)/(2 σ_a σ_b)),
//
// with μ_b as it is and turned to −μ_b. The logarithms of the squared ratios, which are at least
// 1, are taken of products.
type overlap struct{ same, turned, log, product float64 }

func (d *overlap) add(a, b, varA, varB float64) {
	sum := varA + varB
	d.same += (a - b) * (a - b) / sum
	d.turned += (a + b) * (a + b) / sum
	if d.product == 0 {
		d.product = 1
	}
	d.product *= sum * sum / (4 * varA * varB)
	if d.product > 0x1p500 {
		d.log += math.Log(d.product)
		d.product = 1
	}
}

func (d *overlap) distances() (same, turned float64) {
	log := d.log
	if d.product > 1 {
		log += math.Log(d.product)
	}
	return (d.same + log) / 4, (d.turned + log) / 4
}
