package experiment

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/must"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// torch is a Python that has PyTorch and safetensors, of which SYMVI_TORCH names another than
// python3.
func torch(t *testing.T) string {
	t.Helper()
	python := cmp.Or(os.Getenv("SYMVI_TORCH"), "python3")
	if err := exec.Command(python, "-c", "import torch, safetensors.torch").Run(); err != nil {
		t.Skipf("%s has no torch and safetensors; SYMVI_TORCH names a Python that has", python)
	}
	return python
}

// TestExportInTorch loads an exported posterior into PyTorch, which must find the same
// log-density of weights drawn from it, and with these weights the same log-densities of rows.
func TestExportInTorch(t *testing.T) {
	python := torch(t)
	model := bnn.Model{Network: bnn.Network{Widths: []int{4, 7, 5, 3}, Activation: kernels.ReLU},
		Prior: bnn.Prior{Std: 1}}
	q := must.Get(bnn.NewPosterior(model, 0.1, 3))(t)
	for i := range q.Rho {
		q.Rho[i] += float32(math.Sin(float64(i)))
	}
	folder := t.TempDir()
	saved, exported := filepath.Join(folder, "model.safetensors"),
		filepath.Join(folder, "out.safetensors")
	must.Do(t, q.Save(saved))
	must.Get(Export(saved, exported, 1))(t)
	d, rows := bnn.Data{}, [][]float32{}
	for i := range 20 {
		row := make([]float32, 4)
		for j := range row {
			row[j] = float32(math.Cos(float64(5*i + 3*j)))
		}
		d.X, d.Labels, rows = append(d.X, row...), append(d.Labels, int32(i%3)), append(rows, row)
	}
	eps, at, logQ := map[string][]float64{}, 0, 0.0
	sigma := q.Sigma()
	drawn := *q
	drawn.Mu, drawn.Rho = make([]float32, len(q.Mu)), make([]float32, len(q.Mu))
	for l, in := range []int{4, 7, 5} {
		out := q.Model.Network.Widths[l+1]
		for name, n := range map[string]int{"weight": in * out, "bias": out} {
			first := at
			if name == "bias" {
				first += in * out
			}
			key := fmt.Sprintf("layers.%d.%s", l, name)
			for i := first; i < first+n; i++ {
				e := 1.5 * math.Sin(float64(7*i))
				eps[key] = append(eps[key], e)
				logQ -= e*e/2 + math.Log(float64(sigma[i])) + math.Log(2*math.Pi)/2
				drawn.Mu[i], drawn.Rho[i] = float32(float64(q.Mu[i])+float64(sigma[i])*e), -100
			}
		}
		at += in*out + out
	}
	question := must.Get(json.Marshal(map[string]any{"x": rows, "labels": d.Labels, "eps": eps}))(t)
	cmd := exec.Command(python, filepath.Join("testdata", "torch_density.py"), exported)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(question), os.Stderr
	output := must.Get(cmd.Output())(t)
	var answer struct {
		LogQ float64 `json:"log_q"`
		Rows []float64
	}
	must.Do(t, json.Unmarshal(output, &answer))
	device := must.Get(cpu.New(cpu.Options{}))(t)
	defer device.Close()
	p := must.Get(drawn.Predict(context.Background(), device, d,
		bnn.PredictOptions{Samples: 1, Scores: true}))(t)
	worst := 0.0
	for i, want := range answer.Rows {
		worst = max(worst, math.Abs(float64(p.LogDensity[i])-want))
	}
	t.Logf("log q %.9f here, %.9f there; log-densities of %d rows differ by at most %.2g", logQ,
		answer.LogQ, len(rows), worst)
	if len(answer.Rows) != len(rows) || !(math.Abs(logQ-answer.LogQ) < 1e-5*math.Abs(logQ)) ||
		!(worst < 2e-6) {
		t.Errorf("PyTorch finds other log-densities")
	}
}
