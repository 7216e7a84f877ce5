// Command coded writes the two parts of a table, coded and split as symvi train does, to an archive
// of NumPy arrays, so that another program can be judged on the same numbers: x_train, y_train,
// x_test and y_test, in which classes are numbers and real targets in their units.
package main

import (
	"flag"
	"fmt"
	"os"

	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"

	"github.com/symvi/symvi/internal/dataset"
)

func main() {
	data := flag.String("data", "", "table to read")
	target := flag.String("target", "", "column to predict")
	seed := flag.Uint64("split-seed", 1, "decides which rows are set apart")
	out := flag.String("out", "coded.npz", "archive to write")
	flag.Parse()
	if err := write(*data, *target, *seed, *out); err != nil {
		fmt.Fprintln(os.Stderr, "coded:", err)
		os.Exit(1)
	}
}

// write codes the table and writes both parts.
func write(data, target string, seed uint64, out string) error {
	s, err := dataset.ReadTable(data, dataset.Options{Target: target, Seed: seed, Fold: -1})
	if err != nil {
		return err
	}
	f, err := npz.Create(out)
	if err != nil {
		return err
	}
	for name, part := range map[string]*dataset.Table{"train": s.Train, "test": s.Test} {
		x, y := arrays(part, &s.Schema)
		if err := f.Write("x_"+name, x); err != nil {
			return err
		}
		if err := f.Write("y_"+name, y); err != nil {
			return err
		}
	}
	return f.Close()
}

// arrays are the inputs of a part and its targets, of which a regression has one column.
func arrays(t *dataset.Table, s *dataset.Schema) (x *mat.Dense, y []float64) {
	x = mat.NewDense(t.N, t.Inputs, nil)
	for i := range t.N {
		for j, v := range t.Row(i) {
			x.Set(i, j, float64(v))
		}
	}
	mean, std := s.TargetScale()
	for i := range t.N {
		if s.Task == dataset.Classify {
			y = append(y, float64(t.Labels[i]))
		} else {
			y = append(y, float64(t.Y[i])*std[0]+mean[0])
		}
	}
	return x, y
}
