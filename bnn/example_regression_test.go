package bnn_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// heating is a table as it comes from a file: the temperature outside (°C), the wind (m/s), the
// last digit of the meter's number, which says nothing, and the power of the heating (kW).
func heating(n int, seed uint64) (rows [][]float64, power []float64) {
	z := make([]float32, 4*n)
	kernels.Key{Seed: seed}.Normals(z, 0)
	for i := range n {
		temperature, wind := 8+6*float64(z[4*i]), math.Abs(4*float64(z[4*i+1]))
		digit := math.Floor(10 * math.Abs(math.Mod(float64(z[4*i+2]), 1)))
		rows = append(rows, []float64{temperature, wind, digit})
		power = append(power, 0.4*math.Max(0, 18-temperature)*(1+0.05*wind)+0.3*float64(z[4*i+3]))
	}
	return rows, power
}

// scale is what standardising a column needs.
type scale struct{ mean, std float64 }

func newScale(x []float64) scale {
	var s scale
	for _, v := range x {
		s.mean += v / float64(len(x))
	}
	for _, v := range x {
		s.std += (v - s.mean) * (v - s.mean) / float64(len(x))
	}
	s.std = math.Sqrt(s.std)
	return s
}

func (s scale) of(x float64) float32 { return float32((x - s.mean) / s.std) }

// column is one column of rows.
func column(rows [][]float64, c int) []float64 {
	var x []float64
	for _, row := range rows {
		x = append(x, row[c])
	}
	return x
}

// From the rows of a table to predictions in the target's unit, with what is not known of them:
// standardize, train with a noise and a prior that are learned, save, load, predict.
func Example_regression() {
	ctx := context.Background()
	device, err := cpu.New(cpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()

	rows, power := heating(400, 1)
	var scales []scale
	for c := range rows[0] {
		scales = append(scales, newScale(column(rows, c)))
	}
	target := newScale(power)
	inputs := func(rows [][]float64) (x []float32) {
		for _, row := range rows {
			for c, v := range row {
				x = append(x, scales[c].of(v))
			}
		}
		return x
	}
	train := bnn.Data{X: inputs(rows)}
	for _, y := range power {
		train.Targets = append(train.Targets, target.of(y))
	}

	model := bnn.Model{
		Network:    bnn.Network{Widths: []int{3, 20, 1}, Activation: kernels.ReLU},
		Likelihood: bnn.GaussianLearned(bnn.DefaultNoiseStart),
		Prior:      bnn.Prior{Kind: bnn.PriorARD, Std: 1},
	}
	q, err := bnn.Fit(ctx, device, model, train, bnn.FitOptions{
		Steps: 5000, LearningRate: 0.01, Schedule: bnn.ScheduleCosine, Seed: 1,
	})
	if err != nil {
		log.Fatal(err)
	}

	// The posterior carries its model; only the standardisation must be kept beside it.
	dir, err := os.MkdirTemp("", "heating")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "heating.safetensors")
	if err := q.Save(file); err != nil {
		log.Fatal(err)
	}
	if q, err = bnn.Load(file); err != nil {
		log.Fatal(err)
	}

	days := [][]float64{{-5, 2, 3}, {15, 0, 3}}
	p, err := q.Predict(ctx, device, bnn.Data{X: inputs(days)}, bnn.PredictOptions{
		Samples: 400, Quantiles: []float64{0.05, 0.95},
		TargetMean: []float64{target.mean}, TargetStd: []float64{target.std},
	})
	if err != nil {
		log.Fatal(err)
	}
	for i := range days {
		fmt.Printf("%3.0f °C: %.0f kW, with 90 %% between %.0f and %.0f\n",
			days[i][0], p.Mean[i], p.Quantiles[2*i], p.Quantiles[2*i+1])
	}
	fmt.Printf("noise: %.1f kW\n", q.NoiseStds()[0]*target.std)
	relevance := q.PriorScales()
	fmt.Println("the meter's number matters:", relevance[2].Std > 0.5*relevance[0].Std)
	// Output:
	//  -5 °C: 10 kW, with 90 % between 10 and 11
	//  15 °C: 1 kW, with 90 % between 1 and 2
	// noise: 0.3 kW
	// the meter's number matters: false
}
