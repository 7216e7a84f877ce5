package dataset

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestFitStandardisation(t *testing.T) {
	table := &Table{N: 4, Inputs: 3, X: []float32{
		1, 5, 0.1,
		2, 5, 0.1,
		3, 5, 0.1,
		6, 5, 0.1,
	}, Y: []float32{10, 10, 30, 30}}
	s := FitStandardisation(table)
	if want := []float32{3, 5, 0.1}; !equalBits(s.Mean, want) {
		t.Errorf("Mean = %v, want %v", s.Mean, want)
	}
	if want := []float32{float32(math.Sqrt(3.5)), 1, 1}; !equalBits(s.Std, want) {
		t.Errorf("Std = %v, want %v", s.Std, want)
	}
	if !equalBits(s.TargetMean, []float32{20}) || !equalBits(s.TargetStd, []float32{10}) {
		t.Errorf("target %v ± %v, want 20 ± 10", s.TargetMean, s.TargetStd)
	}
	if err := s.Apply(table); err != nil {
		t.Fatal(err)
	}
	if !equalBits(table.Y, []float32{-1, -1, 1, 1}) || table.X[1] != 0 || table.X[2] != 0 || table.X[6] != 0 {
		t.Errorf("standardised: X = %v, Y = %v", table.X, table.Y)
	}
}

// The squares must be summed around the mean: the textbook difference of two large sums has no digit left here.
func TestFitStandardisationFarFromZero(t *testing.T) {
	table := &Table{N: 2, Inputs: 1, X: []float32{1 << 23, 1<<23 + 2}}
	s := FitStandardisation(table)
	if s.Mean[0] != 1<<23+1 || s.Std[0] != 1 {
		t.Errorf("mean %v, std %v; want %v and 1", s.Mean[0], s.Std[0], 1<<23+1)
	}
	if s.TargetMean != nil || s.TargetStd != nil {
		t.Errorf("target %v ± %v without targets", s.TargetMean, s.TargetStd)
	}
}

// A spread that float32 cannot hold must not become a division by 0, nor may the largest values overflow.
func TestFitStandardisationAtTheEndsOfFloat32(t *testing.T) {
	tiny := &Table{N: 8, Inputs: 1, X: []float32{0, 0, 0, 0, 0, 0, 0, math.SmallestNonzeroFloat32}}
	if s := FitStandardisation(tiny); s.Std[0] != 1 {
		t.Errorf("std of denormals = %v, want 1", s.Std[0])
	}
	huge := &Table{N: 2, Inputs: 1, X: []float32{-math.MaxFloat32, math.MaxFloat32}}
	s := FitStandardisation(huge)
	if s.Mean[0] != 0 || s.Std[0] != math.MaxFloat32 {
		t.Errorf("mean %v, std %v", s.Mean[0], s.Std[0])
	}
	if err := s.Apply(huge); err != nil || !equalBits(huge.X, []float32{-1, 1}) {
		t.Errorf("X = %v, error %v", huge.X, err)
	}
}

func TestStandardisationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		value := rapid.Float32Range(-1e6, 1e6)
		table := &Table{N: n, Inputs: 2, X: rapid.SliceOfN(value, 2*n, 2*n).Draw(t, "X"), Y: rapid.SliceOfN(value, n, n).Draw(t, "Y")}
		before := slices.Clone(table.Y)
		s := FitStandardisation(table)
		if err := s.Apply(table); err != nil {
			t.Fatal(err)
		}
		again := FitStandardisation(table)
		for j, m := range slices.Concat(again.Mean, again.TargetMean) {
			if !(math.Abs(float64(m)) < 1e-3) && spans(slices.Concat(s.Std, s.TargetStd)[j], slices.Concat(s.Mean, s.TargetMean)[j]) {
				t.Fatalf("column %d has mean %v after standardisation", j, m)
			}
		}
		y := slices.Clone(table.Y)
		s.UnscaleTargets(y)
		for i := range y {
			if diff := math.Abs(float64(y[i]) - float64(before[i])); !(diff <= 1e-6*(math.Abs(float64(before[i]))+math.Abs(float64(s.TargetMean[0]))+float64(s.TargetStd[0]))) {
				t.Fatalf("row %d: %v came back as %v", i, before[i], y[i])
			}
		}
	})
}

// spans says whether rounding the mean to float32 is small against the spread.
func spans(std, mean float32) bool { return float64(std) > 1e-3*math.Abs(float64(mean)) && std > 1e-30 }

func TestUnscaleSpreads(t *testing.T) {
	s := &Standardisation{TargetMean: []float32{7, 8}, TargetStd: []float32{2, 0.5}}
	sd := []float32{1, 1, 3, 4}
	s.UnscaleSpreads(sd)
	if !equalBits(sd, []float32{2, 0.5, 6, 2}) {
		t.Errorf("got %v", sd)
	}
	y := []float32{1, 1, -1, 2}
	s.UnscaleTargets(y)
	if !equalBits(y, []float32{9, 8.5, 5, 9}) {
		t.Errorf("got %v", y)
	}
	logits := []float32{1, 2}
	(&Standardisation{Mean: []float32{1}, Std: []float32{2}}).UnscaleTargets(logits)
	(&Standardisation{Mean: []float32{1}, Std: []float32{2}}).UnscaleSpreads(logits)
	if !equalBits(logits, []float32{1, 2}) {
		t.Errorf("classification outputs became %v", logits)
	}
}

func TestApplyErrors(t *testing.T) {
	s := &Standardisation{Mean: []float32{0}, Std: []float32{1e-10}}
	err := s.Apply(&Table{N: 2, Inputs: 2, X: make([]float32, 4)})
	wantError(t, err, "input columns: expected 1, found 2")
	err = s.Apply(&Table{N: 2, Inputs: 1, X: make([]float32, 2), Y: make([]float32, 2)})
	wantError(t, err, "target columns: expected 0, found 1")
	err = s.Apply(&Table{N: 2, Inputs: 1, X: []float32{1, 1e30}})
	wantError(t, err, "input column 0 of row 1: expected a value that (value-0)/1e-10 keeps within float32, found 1e+30")
}

func TestSplitStandardise(t *testing.T) {
	s := &Split{
		Train: &Table{N: 2, Inputs: 1, X: []float32{1, 3}, Labels: []int32{0, 1}},
		Test:  &Table{N: 1, Inputs: 1, X: []float32{5}, Labels: []int32{0}},
	}
	if err := s.Standardise(); err != nil {
		t.Fatal(err)
	}
	if !equalBits(s.Train.X, []float32{-1, 1}) || !equalBits(s.Test.X, []float32{3}) || !equalBits(s.Standardisation.Mean, []float32{2}) {
		t.Errorf("train %v, test %v, %+v", s.Train.X, s.Test.X, s.Standardisation)
	}
	wantError(t, s.Standardise(), "expected a split in its original units")
	far := &Split{
		Train: &Table{N: 2, Inputs: 1, X: []float32{0, 1e-10}},
		Test:  &Table{N: 1, Inputs: 1, X: []float32{1e30}},
	}
	wantError(t, far.Standardise(), "standardise test part: input column 0 of row 0")
	odd := &Split{Train: &Table{N: 1, Inputs: 1, X: []float32{0}}, Test: &Table{N: 1, Inputs: 2, X: []float32{1, 2}}}
	wantError(t, odd.Standardise(), "standardise test part: input columns: expected 1, found 2")
}
