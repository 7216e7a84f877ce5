package tableout

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
	"github.com/parquet-go/parquet-go"

	"github.com/symvi/symvi/internal/must"
)

var columns = []Column{{Name: `a "b", c`, Text: true}, {Name: "x"}, {Name: "draws", Width: 2}}

// write writes three rows, the last in a chunk of its own.
func write(t *testing.T, f Format) []byte {
	t.Helper()
	var out bytes.Buffer
	w := must.Get(New(f, &out, columns))(t)
	must.Do(t, w.Write(2, []Values{{Texts: []string{"plain", " sp\nace"}},
		{Floats: []float64{1. / 3, -1e300}}, {Floats: []float64{1, 2, 3, 4}}}))
	last := []Values{{Texts: []string{`é"`}}, {Floats: []float64{5e-324}}, {Floats: []float64{5, 6}}}
	must.Do(t, w.Write(1, last))
	must.Do(t, w.Close())
	return out.Bytes()
}

func TestCSV(t *testing.T) {
	got, err := csv.NewReader(bytes.NewReader(write(t, CSV))).ReadAll()
	want := [][]string{{`a "b", c`, "x", "draws_1", "draws_2"},
		{"plain", "0.3333333333333333", "1", "2"},
		{" sp\nace", "-1e+300", "3", "4"}, {`é"`, "5e-324", "5", "6"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestJSONLines(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(write(t, JSONL)), "\n"), "\n")
	want := []map[string]any{
		{`a "b", c`: "plain", "x": 1. / 3, "draws": []any{1., 2.}},
		{`a "b", c`: " sp\nace", "x": -1e300, "draws": []any{3., 4.}},
		{`a "b", c`: `é"`, "x": 5e-324, "draws": []any{5., 6.}},
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil || !reflect.DeepEqual(got, want[i]) {
			t.Errorf("line %d: %v, %v; want %v", i, got, err, want[i])
		}
	}
	var out bytes.Buffer
	w := must.Get(New(JSONL, &out, []Column{{Name: "x"}}))(t)
	if err := w.Write(1, []Values{{Floats: []float64{math.NaN()}}}); err != nil ||
		out.String() != "{\"x\":null}\n" {
		t.Errorf("%q, %v; want null for a number that is none", out.String(), err)
	}
}

func TestNPZ(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	data := write(t, NPZ)
	r := must.Get(npz.NewReader(bytes.NewReader(data), int64(len(data))))(t)
	var texts []string
	var x, draws []float64
	for name, to := range map[string]any{`a "b", c.npy`: &texts, "x.npy": &x, "draws.npy": &draws} {
		if err := r.Read(name, to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if want := []string{"plain", " sp\nace", `é"`}; !reflect.DeepEqual(texts, want) {
		t.Errorf("texts %q, want %q", texts, want)
	}
	if want := []float64{1. / 3, -1e300, 5e-324}; !reflect.DeepEqual(x, want) {
		t.Errorf("numbers %v, want %v", x, want)
	}
	if shape := r.Header("draws.npy").Descr.Shape; !reflect.DeepEqual(shape, []int{3, 2}) {
		t.Errorf("shape %v of the arrays, want 3×2", shape)
	}
	if want := []float64{1, 2, 3, 4, 5, 6}; !reflect.DeepEqual(draws, want) {
		t.Errorf("arrays %v, want %v", draws, want)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left, %v", len(left), err)
	}
}

// TestEmptyNPZ: no rows are arrays of no rows, with the names and shapes of others.
func TestEmptyNPZ(t *testing.T) {
	var out bytes.Buffer
	w := must.Get(New(NPZ, &out, columns))(t)
	must.Do(t, w.Close())
	r := must.Get(npz.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len())))(t)
	for name, want := range map[string]string{`a "b", c.npy`: "<U1 [0]", "x.npy": "<f8 [0]",
		"draws.npy": "<f8 [0 2]"} {
		h := r.Header(name)
		if h == nil {
			t.Fatalf("no array %s in %v", name, r.Keys())
		}
		if got := fmt.Sprint(strings.Trim(h.Descr.Type, "'"), " ", h.Descr.Shape); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestParquet(t *testing.T) {
	data := write(t, Parquet)
	f := must.Get(parquet.OpenFile(bytes.NewReader(data), int64(len(data))))(t)
	var names []string
	for _, path := range f.Schema().Columns() {
		names = append(names, path...)
	}
	if want := []string{`a "b", c`, "x", "draws"}; !reflect.DeepEqual(names, want) {
		t.Errorf("columns %q, want %q in this order", names, want)
	}
	rows := make([]parquet.Row, 4)
	n, err := parquet.NewReader(f).ReadRows(rows)
	if n != 3 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%d rows, %v; want 3", n, err)
	}
	want := [][]any{{"plain", 1. / 3, 1., 2.}, {" sp\nace", -1e300, 3., 4.}, {`é"`, 5e-324, 5., 6.}}
	for i, row := range rows[:n] {
		var got []any
		for _, v := range row {
			if v.Kind() == parquet.ByteArray {
				got = append(got, string(v.ByteArray()))
			} else {
				got = append(got, v.Double())
			}
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("row %d: %v, want %v", i, got, want[i])
		}
	}
}

// TestParquetGroups: how many rows come at a time changes no byte, and long tables are written on
// the way.
func TestParquetGroups(t *testing.T) {
	const width, rows = mostGroup / 256, 256 + 1
	x := make([]float64, width*rows)
	var files [2]bytes.Buffer
	for k, chunk := range []int{rows, 10} {
		w := must.Get(New(Parquet, &files[k], []Column{{Name: "x", Width: width}}))(t)
		for part := range slices.Chunk(x, chunk*width) {
			must.Do(t, w.Write(len(part)/width, []Values{{Floats: part}}))
		}
		must.Do(t, w.Close())
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("other bytes for other chunks")
	}
	f, err := parquet.OpenFile(bytes.NewReader(files[0].Bytes()), int64(files[0].Len()))
	if err != nil || f.NumRows() != rows || len(f.RowGroups()) != 2 {
		t.Errorf("%v; want %d rows in 2 groups", err, rows)
	}
}

func TestMistakes(t *testing.T) {
	if _, err := New(CSV, &bytes.Buffer{}, []Column{{Name: "x"}, {Name: "x"}}); err == nil {
		t.Error("no error for two columns of one name")
	}
	drawn := []Column{{Name: "y_f_2", Text: true}, {Name: "y_f", Width: 2}}
	if _, err := New(CSV, &bytes.Buffer{}, drawn); err == nil {
		t.Error("no error for a column with the name of an array's second value in CSV")
	}
	if _, err := New(JSONL, &bytes.Buffer{}, drawn); err != nil {
		t.Errorf("%v: JSON lines keep arrays together", err)
	}
	for path, want := range map[string]Format{"a.csv": CSV, "b.JSONL": JSONL, "c.d.npz": NPZ,
		"f.parquet": Parquet, "e.txt": "", "csv": ""} {
		if got, err := FormatOf(path); got != want || (err == nil) != (want != "") {
			t.Errorf("format %q of %s, %v; want %q", got, path, err, want)
		}
	}
}
