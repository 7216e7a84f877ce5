package bnn

import (
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

func newCPU(t testing.TB, o cpu.Options) *cpu.Device {
	t.Helper()
	d := must.Get(cpu.New(o))(t)
	t.Cleanup(func() { d.Close() })
	return d
}

// toyData is n inputs with labels or targets that depend on them.
func toyData(m Model, n int, seed uint64) Data {
	in, out := m.Network.Widths[0], m.Network.Widths[len(m.Network.Widths)-1]
	d := Data{X: make([]float32, n*in)}
	kernels.Key{Seed: seed}.Normals(d.X, 0)
	for i := range n {
		x := d.X[i*in : (i+1)*in]
		if m.Likelihood.IsSoftmax() {
			label := 0
			for k, v := range x {
				if v > 0 {
					label += k + 1
				}
			}
			d.Labels = append(d.Labels, int32(label%out))
			continue
		}
		for o := range m.Likelihood.Targets(out) {
			d.Targets = append(d.Targets, float32(x[o%in]*x[o%in])-x[(o+1)%in])
		}
	}
	return d
}

func mlp(widths ...int) Network { return Network{Widths: widths, Activation: kernels.ReLU} }

// with is the posterior for another model of the same network.
func (q *Posterior) with(m Model) *Posterior {
	other := *q
	other.Model = m
	return &other
}

// with is the model with another kind of prior.
func (m Model) with(kind PriorKind) Model {
	m.Prior.Kind = kind
	return m
}
