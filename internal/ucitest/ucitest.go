// Package ucitest writes small data sets of the layout of UCI_Datasets for tests.
package ucitest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Write writes a set into dir/name/data: rows of two inputs and a target, and splits that set
// one row in ten apart, each others.
func Write(t testing.TB, dir, name string, rows, splits int) {
	t.Helper()
	root := filepath.Join(dir, name, "data")
	if err := os.MkdirAll(root, 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var data strings.Builder
	for i := range rows {
		x, z := float64(i)/float64(rows), float64(i*7%10)
		y := 3*math.Sin(6*x) + 0.2*z + 0.1*float64(i*5%3)
		fmt.Fprintf(&data, "%.4f %g %.4f\n", x, z, y)
	}
	write("data.txt", data.String())
	write("index_features.txt", "0\n1\n")
	write("index_target.txt", "2\n")
	for split := range splits {
		var train, test strings.Builder
		for i := range rows {
			part := &train
			if i%10 == split%10 {
				part = &test
			}
			fmt.Fprintln(part, i)
		}
		write(fmt.Sprintf("index_train_%d.txt", split), train.String())
		write(fmt.Sprintf("index_test_%d.txt", split), test.String())
	}
}
