package bnn

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// A device without operations on permutations trains and judges plain posteriors, to the same
// bits, and says what it lacks.
func TestCoreDevice(t *testing.T) {
	host := newCPU(t, cpu.Options{Threads: 1})
	core := struct {
		kernels.Core
		kernels.NoPermutations
	}{Core: host}
	m := Model{Network: mlp(2, 3, 2), Likelihood: Softmax(), Prior: Prior{Std: 1}}
	d, plain := toyData(m, 20, 1), Symmetrization{Estimator: EstimatorNone}
	train := func(device kernels.Device, y Symmetrization) (*Posterior, error) {
		tr, err := NewTrainer(device, m, d, FitOptions{Steps: 10, Batch: 5, Symmetrize: y})
		if err != nil {
			return nil, err
		}
		defer tr.Close()
		if err := tr.Run(context.Background()); err != nil {
			return nil, err
		}
		return tr.Posterior()
	}
	q := must.Get(train(core, plain))(t)
	want := must.Get(train(host, plain))(t)
	if !slices.Equal(q.Mu, want.Mu) || !slices.Equal(q.Rho, want.Rho) {
		t.Error("the core device trains another posterior")
	}
	o := ELBOOptions{Samples: 3, Symmetrize: plain}
	if _, err := q.ELBO(context.Background(), core, d, o); err != nil {
		t.Error(err)
	}
	o.Symmetrize.Estimator = EstimatorAuto
	_, elbo := q.ELBO(context.Background(), core, d, o)
	_, fit := train(core, Symmetrization{Estimator: EstimatorExact})
	for _, err := range []error{elbo, fit} {
		if err == nil || !strings.Contains(err.Error(), "has no operations on permutations") {
			t.Errorf("error %v, want one that says what the device lacks", err)
		}
	}
}
