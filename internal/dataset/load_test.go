package dataset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestLoadCSV(t *testing.T) {
	path := writeFile(t, "data.CSV", "a,y\n0,0\n2,4\n0,0\n2,4\n")
	test := writeFile(t, "test.csv", "a,y\n3,6\n")
	opt := CSVOptions{Target: "y", Task: Regress, TestPath: test}
	raw, err := Load(path, Options{CSV: opt})
	if err != nil {
		t.Fatal(err)
	}
	if raw.Standardisation != nil || raw.Test.X[0] != 3 || raw.Test.Y[0] != 6 || raw.Name != "data" {
		t.Errorf("raw: %+v", raw)
	}
	s, err := Load(path, Options{CSV: opt, Standardise: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.Standardisation == nil || s.Test.X[0] != 2 || s.Test.Y[0] != 2 {
		t.Errorf("standardised: test %v → %v", s.Test.X, s.Test.Y)
	}
}

func TestLoadDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, file := range smallIDX() {
		if err := os.WriteFile(filepath.Join(dir, name), file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load(dir, Options{CSV: CSVOptions{TestFraction: 0.5, Seed: 3}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.N != 3 || s.Test.N != 2 {
		t.Errorf("%d + %d rows", s.Train.N, s.Test.N)
	}
	for part, opt := range map[string]CSVOptions{
		`expected task "classify", found "regress"`: {Task: Regress},
		`expected no target column, found "y"`:      {Target: "y"},
		`expected no test file, found "t.csv"`:      {TestPath: "t.csv"},
	} {
		_, err := Load(dir, Options{CSV: opt})
		wantError(t, err, dir+": an IDX directory", part)
	}
}

func TestLoadErrors(t *testing.T) {
	path := writeFile(t, "data.parquet", "PAR1")
	_, err := Load(path, Options{})
	wantError(t, err, path+": unsupported data set: expected a directory with the four MNIST-style IDX files, or a .csv file")
	_, err = Load(path+".gone", Options{})
	wantError(t, err, path+".gone: no such file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not wrap fs.ErrNotExist", err)
	}
	far := writeFile(t, "far.csv", "a,y\n0,0\n1e-10,4\n")
	test := writeFile(t, "test.csv", "a,y\n1e30,6\n")
	_, err = Load(far, Options{CSV: CSVOptions{Target: "y", Task: Regress, TestPath: test}, Standardise: true})
	wantError(t, err, far+": standardise test part: input column 0 of row 0")
	_, err = Load(far, Options{CSV: CSVOptions{Target: "z"}})
	wantError(t, err, far+`: expected a target column "z"`)
}
