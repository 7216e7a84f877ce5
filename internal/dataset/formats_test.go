package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/symvi/symvi/internal/magic"
)

// npyOf encodes a matrix of float64, or a vector for 0 columns.
func npyOf(rows, cols int, x []float64) []byte {
	shape := fmt.Sprintf("(%d, %d)", rows, cols)
	if cols == 0 {
		shape = fmt.Sprintf("(%d,)", rows)
	}
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape)
	header += strings.Repeat(" ", 118-len(header)-1) + "\n"
	b := append([]byte(magic.NumPyMark+"\x01\x00"), binary.LittleEndian.AppendUint16(nil,
		uint16(len(header)))...)
	b = append(b, header...)
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// npzOf encodes arrays by name.
func npzOf(t testing.TB, arrays map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(mapKeys(arrays)) {
		f, err := w.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		f.Write(arrays[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// measurement is a row of a Parquet file.
type measurement struct {
	U    float64  `parquet:"u"`
	V    *float32 `parquet:"v,optional"`
	N    int64    `parquet:"n"`
	Flag bool     `parquet:"flag"`
	K    string   `parquet:"k"`
}

// parquetOf encodes rows in groups of 1000.
func parquetOf(t testing.TB, rows []measurement, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[measurement](&b, options...)
	for group := range slices.Chunk(rows, 1000) {
		if _, err := w.Write(group); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestParquetIsCSV checks that a Parquet file gives the bits of the text with the same values.
func TestParquetIsCSV(t *testing.T) {
	var rows []measurement
	text := rowsOf("u,v,n,flag,k", 2500, func(i int) string {
		m := measurement{U: wave(i) / 7, N: int64(i*i%977 - 400), Flag: i*i%5 == 1,
			K: []string{"a", "b"}[i*i%3%2]}
		v, field := float32(wave(i+9)/3), ""
		if i%10 > 0 {
			m.V, field = &v, fmt.Sprint(v)
		}
		rows = append(rows, m)
		return fmt.Sprintf("%v,%s,%d,%t,%s", m.U, field, m.N, m.Flag, m.K)
	})
	want := readText(t, "t.csv", text)
	got := readText(t, "t.parquet", string(parquetOf(t, rows)))
	if !equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.X, want.Test.X) ||
		!slices.Equal(got.Train.Labels, want.Train.Labels) {
		t.Error("other values")
	}
	if names := want.FeatureNames(); !slices.Equal(names,
		[]string{"u", "v", "v missing", "n", "flag"}) {
		t.Errorf("inputs %q", names)
	}
}

// TestNumPyIsCSV checks the same of arrays.
func TestNumPyIsCSV(t *testing.T) {
	var x, k, all []float64
	text := rowsOf("x.1,x.2,k", 1500, func(i int) string {
		a, b, c := wave(i)/7, wave(i+3), float64(i*i%3%2)
		x, k, all = append(x, a, b), append(k, c), append(all, a, b, c)
		return fmt.Sprintf("%v,%v,%v", a, b, c)
	})
	want := readText(t, "t.csv", text)
	got := readText(t, "t.npz", string(npzOf(t, map[string][]byte{"x": npyOf(1500, 2, x),
		"k": npyOf(1500, 0, k)})))
	if !equalBits(got.Train.X, want.Train.X) || !slices.Equal(got.Train.Labels, want.Train.Labels) {
		t.Error(".npz: other values")
	}
	single, err := ReadTable(writeFile(t, "t.npy", string(npyOf(1500, 3, all))),
		Options{Target: "-1", Fold: -1})
	if err != nil {
		t.Fatal(err)
	}
	if !equalBits(single.Train.X, want.Train.X) || !slices.Equal(single.Train.Labels,
		want.Train.Labels) {
		t.Error(".npy: other values")
	}
	if sum, err := Checksum(writeFile(t, "u.npy", string(npyOf(1500, 3, all)))); err != nil ||
		sum != single.Checksums[0] {
		t.Errorf("checksum %x, want %x (%v)", single.Checksums[0], sum, err)
	}
}

func TestZstd(t *testing.T) {
	text := rowsOf("u,k", 500, func(i int) string {
		return fmt.Sprintf("%v,%s", wave(i), []string{"a",
			"b"}[i*i%3%2])
	})
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, want := readText(t, "t.csv.zst", string(w.EncodeAll([]byte(text), nil))), readText(t, "t.csv",
		text)
	if !equalBits(got.Train.X, want.Train.X) || got.Name != "t" || got.Checksums != want.Checksums {
		t.Errorf("%s: other values or checksums", got.Name)
	}
}

// TestUCILayout makes a small directory of the layout.
func TestUCILayout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "waves")
	data := rowsOf("1.5 2 3", 29, func(i int) string {
		return fmt.Sprintf("%v   %v %v", wave(i),
			wave(i+5), wave(2*i))
	})
	for name, text := range map[string]string{
		"data.txt": data, "index_features.txt": "0\n1\n", "index_target.txt": "2\n",
		"index_train_0.txt": "4\n2\n0\n", "index_test_0.txt": "29\n3\n",
		"index_train_1.txt": "1\n1\n", "index_test_1.txt": "2\n", "index_train_2.txt": "30\n",
		"index_test_2.txt": "2\n",
	} {
		writeIn(t, filepath.Join(dir, "data"), name, text)
	}
	s, err := ReadTable(dir, Options{Fold: 0})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "waves" || s.Train.N != 3 || s.Test.N != 2 || s.Inputs != 2 ||
		s.TargetNames()[0] != "3" {
		t.Errorf("%s: %d + %d rows, %d inputs, targets %q", s.Name, s.Train.N, s.Test.N, s.Inputs,
			s.TargetNames())
	}
	mean, std := s.TargetScale()
	for i, row := range []int{4, 2, 0} { // of the file; row 0 is the first line
		want := 3.0
		if row > 0 {
			want = wave(2 * (row - 1))
		}
		if got := float64(s.Train.Y[i])*std[0] + mean[0]; !(math.Abs(got-want) < 1e-6) {
			t.Errorf("row %d: target %v, want %v", i, got, want)
		}
	}
	_, err = ReadTable(dir, Options{Fold: 1})
	wantError(t, err, "index_train_1.txt: expected every row once in both parts, found row 1 again")
	_, err = ReadTable(dir, Options{Fold: 2})
	wantError(t, err, "index_train_2.txt: expected numbers of rows below 30, found 30")
	_, err = ReadTable(writeFile(t, "t.csv", data), Options{Target: "3", Fold: 0})
	wantError(t, err, "--split 0: expected a directory")
	if s, err = ReadTable(dir, Options{Fold: -1}); err != nil || s.Train.N != 24 || s.Test.N != 6 {
		t.Errorf("without a split: %v", err)
	}
}

// TestHostileFormats reads files that promise more than they hold, or are something else.
func TestHostileFormats(t *testing.T) {
	good := npyOf(4, 2, make([]float64, 8))
	long := append([]byte(magic.NumPyMark+"\x02\x00"), 0xff, 0xff, 0xff, 0x7f)
	for part, file := range map[string][]byte{
		"row 4: expected 4 rows, found the end of the data": good[:len(good)-1],
		"expected a header of at most 65536 bytes":          long,
		"of type": bytes.Replace(good, []byte("<f8"),
			[]byte("<c8"), 1),
		"expected a Parquet file":                                 []byte("PAR1aaaaaaaaPAR1"),
		"found a zip archive: unpack it first":                    npzOf(t, nil),
		"expected a gzip header, found a broken one":              {0x1f, 0x8b, 1, 2, 3},
		"line 1: expected lines of at most 33554432 bytes":        bytes.Repeat([]byte("1"), 2*maxRecord),
		"line 1: expected at most 1048576 columns, found 1048577": bytes.Repeat([]byte(","), maxColumns),
	} {
		_, err := ReadTable(writeFile(t, "t.csv", string(file)), Options{Target: "1", Fold: -1})
		wantError(t, err, "t.csv", part)
	}
	_, err := ReadTable(writeFile(t, "t.npz", string(npzOf(t, map[string][]byte{"a": good,
		"b": npyOf(3, 0, make([]float64, 3))}))), Options{Target: "b", Fold: -1})
	wantError(t, err, `expected arrays with as many rows each, found "a" with 4 and "b" with 3`)
	_, err = ReadTable(writeFile(t, "t.npz", string(npzOf(t, nil))), Options{Target: "b", Fold: -1})
	wantError(t, err, "expected arrays of numbers, found none")
}

// TestBomb reads a small file that unpacks to much more: it is read in bounded memory, and refused
// where it would not be a table.
func TestBomb(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zeros := w.EncodeAll(make([]byte, 1<<28), nil)
	path := writeFile(t, "t.csv.zst", string(zeros))
	wantAllocated(t, len(zeros), func() uint64 {
		_, err = ReadTable(path, Options{Target: "1", Fold: -1})
		return 64 << 20
	})
	wantError(t, err, "found a zero byte in line 1")
}
