package bnn

import (
	"sync"
	"sync/atomic"
)

// room makes a prediction for n rows.
func (p *Predictor) room(n int, withTargets bool) *Prediction {
	o, out := p.options, p.model.Network.outputs()
	r := &Prediction{N: n}
	if withTargets {
		r.LogDensity = make([]float64, n)
	}
	if p.model.Likelihood.IsSoftmax() {
		r.Mean = make([]float64, n*out)
		r.Entropy, r.Aleatoric, r.Information = make([]float64, n), make([]float64, n), make([]float64, n)
		if o.Draws > 0 {
			r.DrawsOfF, r.DrawsOfLabel = make([]float64, n*o.Draws*out), make([]int32, n*o.Draws)
		}
		return r
	}
	size := n * p.model.targets()
	r.Mean, r.NoiseSD, r.ModelSD = make([]float64, size), make([]float64, size), make([]float64, size)
	if o.Quantiles != nil {
		r.Quantiles = make([]float64, size*len(o.Quantiles))
	}
	if o.Draws > 0 {
		r.DrawsOfF, r.DrawsOfY = make([]float64, size*o.Draws), make([]float64, size*o.Draws)
	}
	if withTargets {
		r.Error = make([]float64, size)
		if o.Scores {
			r.CRPS, r.PIT = make([]float64, size), make([]float64, size)
		}
	}
	return r
}

// The rough cost of an element of the rows' work, in multiply-adds.
const (
	entropyWork = 10
	mixtureWork = 100
)

// eachRow calls f for ranges that together are the rows 0 … n−1, on several workers when
// the work, an estimate in multiply-adds per row, pays for them. Rows must not depend on
// each other.
func (p *Predictor) eachRow(n, work int, f func(worker, lo, hi int)) {
	const task = 1 << 18 // multiply-adds worth a task of its own
	size := max(1, min(n, task/max(1, work)))
	tasks := (n + size - 1) / size
	workers := min(p.workers, tasks)
	if workers <= 1 {
		f(0, 0, n)
		return
	}
	var next atomic.Int64
	var running sync.WaitGroup
	for worker := range workers {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < tasks; i = int(next.Add(1)) - 1 {
				f(worker, i*size, min((i+1)*size, n))
			}
		})
	}
	running.Wait()
}
