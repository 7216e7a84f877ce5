package experiment

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
)

// Models that the first version of this program trained (commit cf95266) are judged as it judged
// them: the scores are what it printed, with so many samples. What it did not keep is said to be
// missing.
func TestVersion1(t *testing.T) {
	const samples = 4000
	for name, want := range map[string][]float64{
		"flowers": {0.0723, 0.0178, 0.0665}, // NLL, Brier, ECE
		"houses":  {11.2003, 6724.64},       // NLL, RMSE
	} {
		r := newRunner(t)
		var notes []string
		r.Watch.Note = func(text string) { notes = append(notes, text) }
		path := filepath.Join("testdata", "version1", name)
		s := must.Get(r.Eval(t.Context(), path+".safetensors", EvalOptions{Data: path + ".csv",
			Samples: samples, ELBOSamples: 2, Permutations: 2}))(t)
		got := []float64{*s.NLL}
		if name == "flowers" {
			got = append(got, *s.Brier, *s.ECE)
		} else {
			got = append(got, *s.RMSE)
		}
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= 1e-4*max(0.5, want[i])) {
				t.Errorf("%s: scores %v, want %v", name, got, want)
				break
			}
		}
		said := strings.Join(notes, "\n")
		if s.ELBO != nil || !strings.Contains(said, "older version") ||
			!strings.Contains(said, "whether "+path+".csv holds the data of the training is not known") {
			t.Errorf("%s: bounds %v, and said is:\n%s", name, s.ELBO, said)
		}
		c := must.Get(bnn.LoadCheckpoint(path + ".safetensors"))(t)
		if c.State != nil {
			t.Errorf("%s: there is a state to train on from", name)
		}
		_, err := r.Eval(t.Context(), path+".safetensors", EvalOptions{Data: path + ".csv",
			On: "test", Samples: 2, ELBOSamples: 2, Permutations: 2})
		if err == nil || !strings.Contains(err.Error(), "its test rows are not known") {
			t.Errorf("%s: --on test: %v", name, err)
		}
	}
}
