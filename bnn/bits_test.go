package bnn

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
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
		{softmax(7, 33, 5), Symmetrization{}, "a68efc40dfe6e9d3"},
		{softmax(7, 5), Symmetrization{}, "91d09b96b5778466"},
		{gaussian(7, 12, 9, 2), Symmetrization{}, "d30622fefeee78c3"},
		{softmax(7, 9, 6, 4), Symmetrization{Estimator: EstimatorUniform, Permutations: 5},
			"fb6c231aacd95275"},
		{gaussian(7, 8, 2), Symmetrization{Estimator: EstimatorUniform, Permutations: 6,
			Group: GroupSignedPermutations}, "b659fc59c83e323e"},
		{softmax(7, 8, 4), Symmetrization{Estimator: EstimatorExact}, "818e923da5e44e7d"},
		{gaussian(7, 6, 1), Symmetrization{Estimator: EstimatorExact,
			Group: GroupSignedPermutations}, "05f89461ef3d77d6"},
		{softmax(7, 3, 4, 3), Symmetrization{Estimator: EstimatorExact}, "e5ed8db0f08b78e3"},
		{softmax(7, 12, 4), Symmetrization{Estimator: EstimatorImportance, Permutations: 6},
			"b16eeb3cbf54bbd3"},
		{gaussian(7, 18, 2), Symmetrization{Estimator: EstimatorImportance, Permutations: 6,
			Group: GroupSignedPermutations}, "2e18ff3b7f43f171"},
		{softmax(7, 8, 6, 4), Symmetrization{Estimator: EstimatorImportance, Permutations: 4},
			"3816409c7b092e18"},
		{gaussian(7, 20, 3), Symmetrization{Estimator: EstimatorAuto, TargetGap: 0.02},
			"c28328ef7faacf1f"},
		{softmax(7, 5, 6, 5, 3), Symmetrization{Estimator: EstimatorAuto}, "2b651ea0b411cfb5"},
	} {
		t.Run(fmt.Sprintf("%v/%s%s", c.model.Network.Widths, c.y.Estimator, c.y.Group),
			func(t *testing.T) {
				o := FitOptions{Epochs: 4, Batch: 12, Samples: 2, InitStd: 0.2, LearningRate: 0.02,
					Seed: 9, Symmetrize: c.y}
				checkKnownBits(t, c.model, o, c.want)
			})
	}
}

// TestKnownBitsOfWhatIsLearned does so for learned noises and priors, with a learning rate that
// falls, and everything else that a step can do.
func TestKnownBitsOfWhatIsLearned(t *testing.T) {
	for _, c := range []struct {
		model Model
		want  string
	}{
		{Model{mlp(7, 12, 2), GaussianLearned(0.1), Prior{PriorARD, 1}}, "bdbc891ff68c2cbb"},
		{Model{tanh(7, 6, 5, 4), GaussianHeteroscedastic(0.1), Prior{PriorLearned, 1}},
			"614fa91d98deed4b"},
		{Model{tanh(7, 9, 3), Softmax(), Prior{PriorFanIn, 2}}, "43b2673b797547e6"},
	} {
		t.Run(string(c.model.Likelihood.Kind()), func(t *testing.T) {
			o := FitOptions{Steps: 2*refitEvery + 3, Batch: 14, Samples: 2, LearningRate: 0.02, Seed: 9,
				Schedule: ScheduleCosine, KLWeight: 0.7, KLWarmup: 50,
				Validation: &Validation{Data: toyData(c.model, 20, 5), Every: 30, Samples: 4}}
			checkKnownBits(t, c.model, o, c.want)
		})
	}
}

// checkKnownBits trains step by step, and with several steps at a time.
func checkKnownBits(t *testing.T, m Model, o FitOptions, want string) {
	t.Helper()
	if got := knownBits(t, newCPU(t, cpu.Options{}), m, o); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
	windows := newRecorder(t)
	if got := knownBits(t, windows, m, o); got != want {
		t.Errorf("several steps at a time: digest %s, want %s", got, want)
	}
	// The number of draws of auto may change in every epoch, and no window comes twice.
	if windows.runs == 0 && o.Symmetrize.Estimator != EstimatorAuto {
		t.Error("never several steps at a time")
	}
}

// knownBits is a digest of all that a training and the estimate of its bounds compute.
func knownBits(t *testing.T, device kernels.Device, m Model, o FitOptions) string {
	t.Helper()
	digest := sha256.New()
	put := func(values ...any) {
		for _, v := range values {
			must.Do(t, binary.Write(digest, binary.LittleEndian, v))
		}
	}
	o.OnEpoch = func(s EpochStats) error {
		put(s.LogLikelihood, s.KL, s.Information, s.InformationUpper, s.ESS, int64(s.Permutations))
		if o.Validation != nil {
			put(s.ValidationNLL, s.Best)
		}
		return nil
	}
	d := toyData(m, 60, 3) // five minibatches
	tr := must.Get(NewTrainer(device, m, d, o))(t)
	defer tr.Close()
	must.Do(t, tr.Run(context.Background()))
	q, err1 := tr.Posterior()
	s, err2 := tr.State()
	e, err3 := q.with(m).ELBO(context.Background(), device, d,
		ELBOOptions{Samples: 20, Batch: 16, Seed: 2, Symmetrize: o.Symmetrize})
	must.Do(t, errors.Join(err1, err2, err3))
	put(q.Noise, q.PriorStds, q.Mu, q.Rho, s.Moment1, s.Moment2, s.Sums)
	put(e.LogLikelihood, e.KL, e.Information, e.InformationUpper, e.Lower, e.Upper, e.ESS,
		int64(e.Permutations), e.LogPermutations)
	return fmt.Sprintf("%x", digest.Sum(nil)[:8])
}
