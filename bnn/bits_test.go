package bnn

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/symvi/symvi/kernels/cpu"
)

// TestKnownBits holds the trainings of every estimator against the bits that they
// had when they were first written: a change of them is a change of results, and
// must be meant.
func TestKnownBits(t *testing.T) {
	softmax := func(w ...int) Model { return Model{mlp(w...), Softmax(), Prior{Std: 0.7}} }
	gaussian := func(w ...int) Model { return Model{tanh(w...), Gaussian(0.4), Prior{Std: 1.3}} }
	for _, c := range []struct {
		model Model
		y     Symmetrization
		want  string
	}{
		{softmax(7, 33, 5), Symmetrization{}, "3919e33fafcf71b8"},
		{softmax(7, 5), Symmetrization{}, "bdd47b9d1e849afd"},
		{gaussian(7, 12, 9, 2), Symmetrization{}, "a094d15249f89ab5"},
		{softmax(7, 9, 6, 4), Symmetrization{Estimator: EstimatorUniform, Permutations: 5}, "886087d88f98436b"},
		{gaussian(7, 8, 2), Symmetrization{Estimator: EstimatorUniform, Permutations: 6, Group: GroupSignedPermutations}, "38b83b5ea50c3f2c"},
		{softmax(7, 8, 4), Symmetrization{Estimator: EstimatorExact}, "a50095b3a7952a84"},
		{gaussian(7, 6, 1), Symmetrization{Estimator: EstimatorExact, Group: GroupSignedPermutations}, "467c2268f0d53b9a"},
		{softmax(7, 3, 4, 3), Symmetrization{Estimator: EstimatorExact}, "8d006cde82af82dd"},
		{softmax(7, 12, 4), Symmetrization{Estimator: EstimatorImportance, Permutations: 6}, "7cad80e9a2514de0"},
		{gaussian(7, 18, 2), Symmetrization{Estimator: EstimatorImportance, Permutations: 6, Group: GroupSignedPermutations}, "a0a56193683bb4bb"},
		{softmax(7, 8, 6, 4), Symmetrization{Estimator: EstimatorImportance, Permutations: 4}, "0bd24576790c34f4"},
		{gaussian(7, 20, 3), Symmetrization{Estimator: EstimatorAuto, TargetGap: 0.02}, "e4d493b1182939ed"},
		{softmax(7, 5, 6, 5, 3), Symmetrization{Estimator: EstimatorAuto}, "16e7a9c9a9c1a8e5"},
	} {
		t.Run(fmt.Sprintf("%v/%s%s", c.model.Network.Widths, c.y.Estimator, c.y.Group), func(t *testing.T) {
			o := FitOptions{Epochs: 4, Batch: 12, Samples: 2, InitStd: 0.2, LearningRate: 0.02, Seed: 9, Symmetrize: c.y}
			if got := knownBits(t, c.model, o); got != c.want {
				t.Errorf("digest %s, want %s", got, c.want)
			}
		})
	}
}

// knownBits is a digest of all that a training and what follows it compute.
func knownBits(t *testing.T, m Model, o FitOptions) string {
	t.Helper()
	device := newCPU(t, cpu.Options{})
	digest := sha256.New()
	put := func(values ...any) {
		for _, v := range values {
			if err := binary.Write(digest, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.OnEpoch = func(s EpochStats) error {
		put(s.LogLikelihood, s.KL, s.Information, s.InformationUpper, s.ESS, int64(s.Permutations))
		return nil
	}
	d := toyData(m, 60, 3) // five minibatches
	tr, err := NewTrainer(device, m, d, o)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	q, err1 := tr.Posterior()
	s, err2 := tr.State()
	p, err3 := q.with(m).Predict(context.Background(), device, d, PredictOptions{Samples: 7, Seed: 2})
	e, err4 := q.with(m).ELBO(context.Background(), device, d, ELBOOptions{Samples: 20, Batch: 16, Seed: 2, Symmetrize: o.Symmetrize})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	put(q.Mu, q.Rho, s.Moment1, s.Moment2, s.Sums, p.Mean, p.LogDensity)
	put(e.LogLikelihood, e.KL, e.Information, e.InformationUpper, e.Lower, e.Upper, e.ESS, int64(e.Permutations), e.LogPermutations)
	return fmt.Sprintf("%x", digest.Sum(nil)[:8])
}
