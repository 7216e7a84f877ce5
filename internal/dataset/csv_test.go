package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

const flowers = "\ufeffsepal, petal ,species\r\n5.1,1.4,setosa\r\n\"7\", 4.7,versicolor\r\n6.3,-6e0,virginica\r\n4.9,1.5,setosa\r\n"

func TestReadCSVClassify(t *testing.T) {
	s, err := ReadCSV(writeFile(t, "flowers.csv", flowers), CSVOptions{Target: "species", TestFraction: 0.25, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, s.Schema, s.Train)
	checkTable(t, s.Schema, s.Test)
	if s.Name != "flowers" || s.Target != "species" || s.Train.N != 3 || s.Test.N != 1 {
		t.Errorf("name %q, target %q, %d + %d rows", s.Name, s.Target, s.Train.N, s.Test.N)
	}
	if !slices.Equal(s.FeatureNames, []string{"sepal", "petal"}) || !slices.Equal(s.ClassNames, []string{"setosa", "versicolor", "virginica"}) {
		t.Errorf("features %q, classes %q", s.FeatureNames, s.ClassNames)
	}
	var rows []string
	for _, part := range []*Table{s.Train, s.Test} {
		for i := range part.N {
			rows = append(rows, fmt.Sprintf("%v %s", part.Row(i), s.ClassNames[part.Labels[i]]))
		}
	}
	slices.Sort(rows)
	if want := []string{"[4.9 1.5] setosa", "[5.1 1.4] setosa", "[6.3 -6] virginica", "[7 4.7] versicolor"}; !slices.Equal(rows, want) {
		t.Errorf("rows %q, want %q", rows, want)
	}
}

func TestReadCSVRegressWithTestFile(t *testing.T) {
	train := writeFile(t, "train.csv", "a,y,b\n1,10,2\n3,20,4\n5,30,6\n")
	test := writeFile(t, "test.csv", "b,a,y\n8,7,40\n")
	s, err := ReadCSV(train, CSVOptions{Target: "y", Task: Regress, TestPath: test})
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, s.Schema, s.Train)
	checkTable(t, s.Schema, s.Test)
	if s.Outputs != 1 || !slices.Equal(s.FeatureNames, []string{"a", "b"}) {
		t.Errorf("outputs %d, features %q", s.Outputs, s.FeatureNames)
	}
	if !equalBits(s.Train.X, []float32{1, 2, 3, 4, 5, 6}) || !equalBits(s.Train.Y, []float32{10, 20, 30}) {
		t.Errorf("train %v %v", s.Train.X, s.Train.Y)
	}
	if !equalBits(s.Test.X, []float32{7, 8}) || !equalBits(s.Test.Y, []float32{40}) {
		t.Errorf("test %v %v", s.Test.X, s.Test.Y)
	}
}

func TestReadCSVKeepsLabelsOfTheTrainingFile(t *testing.T) {
	train := writeFile(t, "train.csv", "a,c\n1,z\n2,x\n3,y\n")
	test := writeFile(t, "test.csv", "c,a\nz,1\ny,2\n")
	s, err := ReadCSV(train, CSVOptions{Target: "c", TestPath: test})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Train.Labels, []int32{2, 0, 1}) || !slices.Equal(s.Test.Labels, []int32{2, 1}) {
		t.Errorf("labels %v, %v", s.Train.Labels, s.Test.Labels)
	}
}

func TestClassOrder(t *testing.T) {
	for _, test := range []struct{ in, want []string }{
		{[]string{"10", "9", "-1"}, []string{"-1", "9", "10"}},
		{[]string{"1", "01", "0"}, []string{"0", "01", "1"}},
		{[]string{"10", "9", "x"}, []string{"10", "9", "x"}},
		{[]string{"9", "10", "9.5"}, []string{"10", "9", "9.5"}},
		{[]string{"b", "B", "a"}, []string{"B", "a", "b"}},
		{[]string{"9223372036854775808", "3"}, []string{"3", "9223372036854775808"}},
	} {
		c := newClassNames(nil)
		for i, name := range test.in {
			if got := c.add(name); got != int32(i) || c.add(name) != got {
				t.Errorf("%q got number %d, want %d both times", name, got, i)
			}
		}
		names, rank := c.sorted()
		if !slices.Equal(names, test.want) {
			t.Errorf("%q sorted to %q, want %q", test.in, names, test.want)
		}
		for i, name := range test.in {
			if names[rank[i]] != name {
				t.Errorf("%q: rank %v sends %q to %q", test.in, rank, name, names[rank[i]])
			}
		}
	}
}

func TestReadCSVErrors(t *testing.T) {
	tests := []struct {
		name, text string
		task       Task
		parts      []string
	}{
		{"empty", "", Regress, []string{"expected a header", "found an empty file"}},
		{"byte order mark only", "\ufeff", Regress, []string{"found an empty file"}},
		{"header only", "a,y\n", Regress, []string{"expected at least 2 rows below the header, found 0"}},
		{"one row", "a,y\n1,2\n", Regress, []string{"expected at least 2 rows below the header, found 1"}},
		{"no such target", "a,b\n1,2\n", Regress, []string{`expected a target column "y", found only "a", "b"`}},
		{"target alone", "y\n1\n2\n", Regress, []string{`expected an input column beside the target "y", found none`}},
		{"duplicate name", "a,y,b, a\n", Regress, []string{`header: expected distinct names, found "a" for columns 1 and 4`}},
		{"empty name", ",y\n", Regress, []string{"header: expected a name for column 1, found none"}},
		{"UTF-16", "\xff\xfea\x00,\x00y\x00\n\x00", Regress, []string{"header: expected UTF-8 in the name of column 1"}},
		{"short row", "a,y\n1,2\n3\n", Regress, []string{"line 3: expected 2 fields as in the header, found 1"}},
		{"long row", "a,y\n1,2\n\n3,4,5\n", Regress, []string{"line 4: expected 2 fields as in the header, found 3"}},
		{"bare quote", "a,y\n1,2\n3\",4\n", Regress, []string{"line 3, byte 2: expected CSV, found a syntax error: bare \" in non-quoted-field"}},
		{"open quote", "a,y\n\"1,2\n3,4\n", Regress, []string{"expected CSV, found a syntax error: extraneous or missing \" in quoted-field"}},
		{"bad header", "a\"b,y\n", Regress, []string{"line 1, byte 2: expected CSV"}},
		{"NaN", "a,y\n1,2\nNaN,4\n", Regress, []string{`line 3, column "a": expected a finite number, found "NaN"`}},
		{"infinity", "a,y\n1,2\n-Inf,4\n", Regress, []string{`line 3, column "a": expected a finite number, found "-Inf"`}},
		{"word", "a,y\n1,2\nred,4\n", Regress, []string{`line 3, column "a": expected a finite number, found "red"`}},
		{"empty field", "a,y\n1,2\n ,4\n", Regress, []string{`line 3, column "a": expected a finite number, found ""`}},
		{"beyond float32", "a,y\n1,2\n1e39,4\n", Regress, []string{`line 3, column "a": expected a number within ±3.4e+38, found "1e39"`}},
		{"beyond float64", "a,y\n1,2\n-1e999,4\n", Regress, []string{`expected a number within ±3.4e+38, found "-1e999"`}},
		{"line break in a value", "a,y\n1,2\n\"3\n4\",4\n", Regress, []string{`line 3, column "a": expected a finite number, found "3\n4"`}},
		{"row after a line break", "a,y\n\"1\n\",2\nx,4\n", Regress, []string{`line 4, column "a": expected a finite number, found "x"`}},
		{"field after a line break", "a,y\n\"1\n\",x\n3,4\n", Regress, []string{`line 3, column "y": expected a finite number, found "x"`}},
		{"long value", "a,y\n1,2\n" + strings.Repeat("x", 500) + ",4\n", Regress, []string{`found "` + strings.Repeat("x", maxQuoted) + `…"`}},
		{"bad target", "a,y\n1,2\n3,x\n", Regress, []string{`line 3, column "y": expected a finite number, found "x"`}},
		{"NaN target", "a,y\n1,2\n3,nan\n", Regress, []string{`line 3, column "y": expected a finite number, found "nan"`}},
		{"empty class", "a,y\n1,b\n3, \n", Classify, []string{`line 3, column "y": expected a class name in UTF-8, found ""`}},
		{"Latin-1 class", "a,y\n1,b\n3,\xe9\n", Classify, []string{`line 3, column "y": expected a class name in UTF-8, found "\xe9"`}},
		{"one class", "a,y\n1,b\n3,b\n", Classify, []string{`column "y": expected at least 2 classes, found only "b"`}},
		{"word among inputs", "a,y\nred,b\n3,c\n", Classify, []string{`line 2, column "a": expected a finite number, found "red"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := writeFile(t, "bad.csv", test.text)
			_, err := ReadCSV(path, CSVOptions{Target: "y", Task: test.task})
			wantError(t, err, append(test.parts, path+": ")...)
		})
	}
}

func TestReadCSVTestFileErrors(t *testing.T) {
	train := writeFile(t, "train.csv", "a,b,y\n1,2,u\n3,4,v\n")
	for _, test := range []struct {
		name, text string
		parts      []string
	}{
		{"empty", "", []string{"found an empty file"}},
		{"header only", "a,b,y\n", []string{"expected at least 1 row below the header, found 0"}},
		{"missing column", "a,y\n1,u\n", []string{`expected a column "b" as in training, found only "a", "y"`}},
		{"missing target", "a,b\n1,2\n", []string{`expected a column "y" as in training, found only "a", "b"`}},
		{"extra column", "a,z,b,y\n1,2,3,u\n", []string{`expected only the columns of training, found an extra column "z"`}},
		{"unknown class", "a,b,y\n1,2,u\n1,2,w\n", []string{`line 3, column "y": expected a class of the training file ("u", "v"), found "w"`}},
		{"word", "b,a,y\n1,2,u\n1,x,u\n", []string{`line 3, column "a": expected a finite number, found "x"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := writeFile(t, "test.csv", test.text)
			_, err := ReadCSV(train, CSVOptions{Target: "y", TestPath: path})
			wantError(t, err, append(test.parts, path+": ")...)
		})
	}
}

func TestReadCSVLikeNeedsNamedColumns(t *testing.T) {
	path := writeFile(t, "test.csv", "a,y\n1,0\n")
	_, err := ReadCSVLike(path, Schema{Inputs: 784, Outputs: 10, ClassNames: digits(10)})
	wantError(t, err, path+`: expected a schema that names a target and 784 inputs, found target "" and 0 names`)
}

func TestReadCSVOptionErrors(t *testing.T) {
	path := writeFile(t, "good.csv", "a,y\n1,0\n2,1\n")
	for _, test := range []struct {
		opt  CSVOptions
		part string
	}{
		{CSVOptions{}, "expected the name of a target column, found none"},
		{CSVOptions{Target: "y", Task: 2}, `expected "classify" or "regress", found "Task(2)"`},
		{CSVOptions{Target: "y", TestFraction: 1}, "expected a test fraction between 0 and 1, found 1"},
		{CSVOptions{Target: "y", TestFraction: -0.5}, "found -0.5"},
		{CSVOptions{Target: "y", TestFraction: math.NaN()}, "found NaN"},
	} {
		_, err := ReadCSV(path, test.opt)
		wantError(t, err, path+": ", test.part)
	}
	_, err := ReadCSV(path+".gone", CSVOptions{Target: "y"})
	wantError(t, err, path+".gone: no such file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not wrap fs.ErrNotExist", err)
	}
	_, err = ReadCSV(path, CSVOptions{Target: "y", TestPath: path + ".gone"})
	wantError(t, err, path+".gone: no such file")
	dir := t.TempDir()
	_, err = ReadCSV(dir, CSVOptions{Target: "y"})
	wantError(t, err, dir+": is a directory")
}

// hugeFile is a file that says it holds more than it is allowed to, or that cannot say it.
type hugeFile struct {
	fs.File
	fs.FileInfo
	err error
}

func (f hugeFile) Stat() (fs.FileInfo, error) { return f, f.err }
func (hugeFile) Size() int64                  { return int64(maxBytes) + 1 }

func TestReadCSVChecksTheSizeFirst(t *testing.T) {
	_, err := newCSVFile(hugeFile{}, "big.csv")
	wantError(t, err, "big.csv: expected at most 4294967296 bytes, found 4294967297")
	_, err = newCSVFile(hugeFile{err: fs.ErrPermission}, "big.csv")
	wantError(t, err, "big.csv: permission denied")
}

// Numbers printed in the shortest form come back bit for bit, whatever the order of the columns.
func TestReadCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, n := rapid.IntRange(2, 5).Draw(t, "columns"), rapid.IntRange(2, 8).Draw(t, "rows")
		target := rapid.IntRange(0, width-1).Draw(t, "target")
		values := rapid.SliceOfN(rapid.Float32(), n*width, n*width).Filter(func(v []float32) bool {
			return !slices.ContainsFunc(v, func(x float32) bool { return x-x != 0 })
		}).Draw(t, "values")
		var x, y []float32
		var b strings.Builder
		for i := range width {
			fmt.Fprintf(&b, "%sc%d", strings.Repeat(",", min(i, 1)), i)
		}
		for i, v := range values {
			b.WriteString(map[bool]string{true: "\n", false: ","}[i%width == 0])
			b.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32))
			if i%width == target {
				y = append(y, v)
			} else {
				x = append(x, v)
			}
		}
		f, err := csvText("f.csv", b.String())
		if err != nil {
			t.Fatal(err)
		}
		table, schema, err := readTrainingCSV(f, fmt.Sprintf("c%d", target), Regress)
		if err != nil {
			t.Fatal(err)
		}
		if !equalBits(table.X, x) || !equalBits(table.Y, y) || table.N != n || schema.Inputs != width-1 {
			t.Fatalf("got %+v, want X=%v Y=%v", table, x, y)
		}
	})
}

// Any permutation of the columns reads as the same table.
func TestReadCSVMatchesColumnsByName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation([]int{0, 1, 2, 3}).Draw(t, "order")
		lines := [][]string{{"a", "b", "c", "y"}, {"1", "2", "3", "u"}, {"4", "5", "6", "v"}}
		var b strings.Builder
		for _, fields := range lines {
			b.WriteString(strings.Join(gather(fields, order), ",") + "\n")
		}
		f, err := csvText("f.csv", b.String())
		if err != nil {
			t.Fatal(err)
		}
		schema := Schema{Inputs: 3, Outputs: 2, Target: "y", FeatureNames: []string{"a", "b", "c"}, ClassNames: []string{"u", "v"}}
		table, err := readMatchingCSV(f, schema)
		if err != nil {
			t.Fatal(err)
		}
		if !equalBits(table.X, []float32{1, 2, 3, 4, 5, 6}) || !slices.Equal(table.Labels, []int32{0, 1}) {
			t.Fatalf("order %v: %+v", order, table)
		}
	})
}

// csvText closes over an in-memory file; a closed one must say so instead of ending early.
func TestReadCSVReportsReadErrors(t *testing.T) {
	file, err := fstest.MapFS{"f.csv": {Data: []byte("a,y\n" + strings.Repeat("1,2\n", 5000))}}.Open("f.csv")
	if err != nil {
		t.Fatal(err)
	}
	f, err := newCSVFile(&failingFile{File: file, left: 2}, "f.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = readTrainingCSV(f, "y", Regress)
	wantError(t, err, "f.csv: input/output error")
	if !errors.Is(err, errDisk) {
		t.Errorf("%v does not wrap its cause", err)
	}
}

var errDisk = errors.New("input/output error")

// failingFile fails after a number of reads.
type failingFile struct {
	fs.File
	left int
}

func (f *failingFile) Read(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, &fs.PathError{Op: "read", Path: "f.csv", Err: errDisk}
	}
	return f.File.Read(p)
}
