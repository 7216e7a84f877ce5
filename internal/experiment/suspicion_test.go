package experiment

import (
	"strings"
	"testing"

	"github.com/symvi/symvi/internal/dataset"
)

// TestSuspicions: a target in another unit and copied rows are named, and nothing else is.
func TestSuspicions(t *testing.T) {
	// Row i: a number, the target of row i less noise, the target scaled; the target itself.
	table := func(first, rows int, noise float32) *dataset.Table {
		s := &dataset.Table{N: rows, Inputs: 3}
		for i := first; i < first+rows; i++ {
			y := float32(i*i%101)/50 - 1
			wobble := float32(i%7-3) * noise
			s.X = append(s.X, float32(i%13), y+wobble, 3-2*y)
			s.Y = append(s.Y, y)
		}
		return s
	}
	regress := dataset.Schema{Task: dataset.Regress, Inputs: 3, Outputs: 1,
		Targets: []dataset.Column{{Name: "y"}},
		Columns: []dataset.Column{{Name: "a"}, {Name: "near"}, {Name: "scaled"}}}
	train := table(0, 300, 0.05)
	for name, c := range map[string]struct {
		test *dataset.Table
		want []string
	}{
		"other rows": {table(1000, 100, 0.051), []string{`input "scaled" alone explains`}},
		"copies": {table(100, 100, 0.05), []string{`input "scaled" alone explains`,
			"100 of 100 test rows are training rows too"}},
		"a few copies": {table(290, 100, 0.05), []string{`input "scaled" alone explains`}},
	} {
		got := suspicions(&dataset.Split{Train: train, Test: c.test, Schema: regress})
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: %q, want %q", name, got[i], c.want[i])
			}
		}
	}
}
