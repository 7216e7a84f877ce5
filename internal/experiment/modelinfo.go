package experiment

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/kernels"
)

// ModelInfo says what a safetensors file holds.
type ModelInfo struct {
	Path string `json:"path"`
	// Written is by whom: symvi, or another program.
	Written    string `json:"written"`
	Widths     []int  `json:"widths"`
	Parameters int    `json:"parameters"`
	Activation string `json:"activation,omitempty"`
	Likelihood string `json:"likelihood,omitempty"`
	Prior      string `json:"prior,omitempty"`
	// SigmaMin, SigmaMedian and SigmaMax are of the posterior's standard deviations.
	SigmaMin    float64 `json:"sigma_min"`
	SigmaMedian float64 `json:"sigma_median"`
	SigmaMax    float64 `json:"sigma_max"`
	// Members is the number of posteriors of a run directory that has several; this is the first.
	Members int `json:"members,omitempty"`
	// Epochs have been trained; 0 where the file says nothing of it.
	Epochs int `json:"epochs,omitempty"`
	// Schema is what the inputs and outputs mean.
	Schema *dataset.Schema `json:"schema,omitempty"`
	// Notes say what was assumed, a line each.
	Notes []string `json:"notes,omitempty"`
}

// DescribeModel reads the model of a run directory or a safetensors file, also of another program.
func DescribeModel(run string) (*ModelInfo, error) {
	path, err := modelPath(run)
	if err != nil {
		return nil, err
	}
	i := &ModelInfo{Path: path, Written: "symvi"}
	if n, err := membersOf(run); err != nil {
		return nil, err
	} else if n > 1 {
		i.Members = n
	}
	if bnn.IsForeign(path) {
		f, err := bnn.LoadForeign(path, kernels.ReLU)
		if err != nil {
			return nil, err
		}
		i.Written, i.Notes = "another program", f.Assumed
		i.describe(f.Posterior)
		return i, nil
	}
	checkpoint, err := bnn.LoadCheckpoint(path)
	if err != nil {
		return nil, err
	}
	q := checkpoint.Result()
	i.describe(q)
	i.Activation, i.Likelihood = q.Model.Network.Activation.String(), q.Model.Likelihood.String()
	i.Prior = strings.TrimSpace(fmt.Sprintf("%s standard deviation %g", q.Model.Prior.Kind,
		q.Model.Prior.Std))
	if checkpoint.State != nil {
		i.Epochs = checkpoint.State.Epoch
	}
	if checkpoint.Note != "" {
		i.Notes = []string{checkpoint.Note}
	}
	if from, err := readOrigin(path, checkpoint); err == nil {
		i.Schema = &from.schema
	}
	return i, nil
}

func (i *ModelInfo) describe(q *bnn.Posterior) {
	i.Widths, i.Parameters = q.Model.Network.Widths, q.Model.Network.Parameters()
	sigma := q.Sigma()
	slices.Sort(sigma)
	i.SigmaMin, i.SigmaMedian, i.SigmaMax = float64(sigma[0]), float64(sigma[len(sigma)/2]),
		float64(sigma[len(sigma)-1])
}

// Export writes the posterior of a run directory or a model.safetensors file to a file of its own,
// without what only a training needs. Its tensors are called layers.N.weight_mu, weight_rho (both
// outputs×inputs), bias_mu and bias_rho, with σ = softplus(ρ); its metadata say the rest. Of a run
// with several members it writes the given one, from 1, and members is how many there are.
func Export(run, out string, member int) (members int, err error) {
	path, err := modelPath(run)
	if err != nil {
		return 0, err
	}
	if members, err = membersOf(run); err != nil {
		return 0, err
	}
	if member < 1 || member > members {
		return 0, &SettingError{"member", fmt.Sprint(member),
			fmt.Sprintf("%s has members 1 to %d", run, members)}
	}
	if member > 1 {
		if path, err = modelPath(memberPath(run, member-1)); err != nil {
			return 0, err
		}
	}
	if err := refuseForeign(path); err != nil {
		return 0, err
	}
	checkpoint, err := bnn.LoadCheckpoint(path)
	if err != nil {
		return 0, previousHint(path, err)
	}
	if _, err := os.Lstat(out); err == nil {
		return 0, fmt.Errorf("%s: exists already; choose another file", out)
	}
	exported := bnn.Checkpoint{Posterior: checkpoint.Result(), Vectors: checkpoint.Vectors,
		Metadata: checkpoint.Metadata}
	return members, exported.Save(out)
}

// membersOf is the number of members of the run in a directory; of a file, and of a member's own
// directory, which has no settings, 1.
func membersOf(dir string) (int, error) {
	if checkRun(dir) != nil {
		return 1, nil
	}
	c, err := RunConfig(dir)
	return max(c.Members, 1), err
}
