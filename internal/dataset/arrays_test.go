package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"

	"github.com/symvi/symvi/internal/half"
	"github.com/symvi/symvi/internal/magic"
	"github.com/symvi/symvi/internal/must"
)

// arrayOf is a .npy file with the given elements.
func arrayOf(dtype, shape string, fortran bool, elements any) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", dtype,
		map[bool]string{true: "True", false: "False"}[fortran], shape)
	var b bytes.Buffer
	b.WriteString(magic.NumPyMark + "\x01\x00")
	for _, part := range []any{uint16(len(header)), []byte(header), elements} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// TestArrayOrder reads a matrix column by column, as Fortran and pandas keep it.
func TestArrayOrder(t *testing.T) {
	const rows, cols = 3000, 3
	byRow, byColumn := make([]float64, rows*cols), make([]float64, rows*cols)
	for i := range rows {
		for j := range cols {
			byRow[i*cols+j] = wave(i*cols + j)
			byColumn[j*rows+i] = byRow[i*cols+j]
		}
	}
	o := Options{Target: "3", Fold: -1, Task: "regress"}
	shape := fmt.Sprintf("(%d, %d)", rows, cols)
	want, err := ReadTable(writeFile(t, "t.npy", string(arrayOf("<f8", shape, false, byRow))), o)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(arrayOf("<f8", shape, true, byColumn))
	got, err := ReadTable(writeFile(t, "t.npy", whole), o)
	if err != nil {
		t.Fatal(err)
	}
	if !equalBits(got.Train.X, want.Train.X) || !equalBits(got.Test.Y, want.Test.Y) {
		t.Error("other values")
	}
	_, err = ReadTable(writeFile(t, "t.npy", whole[:len(whole)-1]), o)
	wantError(t, err, "expected 72000 bytes of elements, found 71999")
	_, err = ReadTable(writeFile(t, "t.npy", string(arrayOf("<f8", "(2000000000, 1000000)", true,
		byRow))), o)
	wantError(t, err, "expected at most 4294967296 bytes of data")
}

// TestArraysOfOtherRows takes the arrays that belong to the target, texts among them.
func TestArraysOfOtherRows(t *testing.T) {
	const rows = 40
	x, labels := make([]float64, rows), make([]uint32, 2*rows)
	for i := range rows {
		x[i] = wave(i)
		labels[2*i] = 'ä' + uint32(i*i%3%2)
	}
	files := map[string][]byte{"X_train": npyOf(rows, 0, x), "X_test": npyOf(7, 0, x[:7]),
		"y_train": arrayOf("<U2", "(40,)", false, labels), "seed": arrayOf("<i8", "()", false, int64(5)),
		"names": arrayOf("|O", "(1,)", false, []byte("x"))}
	path := writeFile(t, "t.npz", string(npzOf(t, files)))
	s, err := ReadTable(path, Options{Target: "y_train", Fold: -1})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(s.Report.Guesses, "\n")
	if !strings.Contains(said, `arrays with another number of rows than "y_train" are left out: `) ||
		!strings.Contains(said, `"seed"`) || s.Report.Rows != rows || s.ClassNames[0] != "ä" {
		t.Errorf("%+v, said %s", s.Report, said)
	}
	checkReader(t, path, s, Options{})
	files["more"] = arrayOf("|O", "(40,)", false, []byte("x"))
	_, err = ReadTable(writeFile(t, "t.npz", string(npzOf(t, files))),
		Options{Target: "y_train", Fold: -1})
	wantError(t, err, `array "more": expected numbers, booleans or texts`)
}

// TestImagesInArrays: an array of images is the matrix of their pixels; column by column it is
// refused.
func TestImagesInArrays(t *testing.T) {
	const rows = 30
	pixels, labels := make([]byte, 6*rows), make([]byte, rows)
	for i := range pixels {
		pixels[i] = byte(i * i)
	}
	for i := range labels {
		labels[i] = byte(i * i % 3 % 2)
	}
	read := func(shape string, fortran bool) (*Split, error) {
		return ReadTable(writeFile(t, "t.npz", string(npzOf(t, map[string][]byte{
			"x": arrayOf("|u1", shape, fortran, pixels),
			"y": arrayOf("|u1", "(30,)", false, labels)}))), Options{Target: "y", Fold: -1})
	}
	flat := must.Get(read("(30, 6)", false))(t)
	images := must.Get(read("(30, 3, 2)", false))(t)
	if !equalBits(images.Train.X, flat.Train.X) || !equalBits(images.Test.X, flat.Test.X) {
		t.Error("images: other values than the matrix of their pixels")
	}
	_, err := read("(30, 3, 2)", true)
	wantError(t, err, "expected a vector, a matrix or, in C order, more")
	for _, shape := range []string{"(30, -3, -2)", "(30, 0, 2)", "(30, 4000000000, 4000000000)"} {
		_, err := read(shape, false)
		wantError(t, err, "expected at least one column")
	}
}

// TestHalf checks the shortest decimals of half precision.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]string{0: "0", 0x3c00: "1", 0x2e66: "0.1", 0x3555: "0.3333",
		0x7bff: "6.55e+04", 0xc000: "-2", 1: "6e-08", 0x7c00: "+Inf", 0x7e00: "NaN"} {
		if got := string(appendHalf(nil, bits)); got != want {
			t.Errorf("%#x: %s, want %s", bits, got, want)
		}
	}
	for bits := range uint16(0x7c00) { // every decimal is nearest to its own float
		n, ok := parseNumber(appendHalf(nil, bits), '.')
		from := func(bits uint16) float64 { return math.Abs(n.value - half.Value(bits)) }
		if !ok || bits > 0 && from(bits) >= min(from(bits-1), from(bits+1)) {
			t.Fatalf("%#x, %g: %g", bits, half.Value(bits), n.value)
		}
	}
}

// TestParquetTypes reads times of older programs as dates, names that come twice as two columns,
// and a file without rows.
func TestParquetTypes(t *testing.T) {
	type row struct {
		U float64          `parquet:"u"`
		T deprecated.Int96 `parquet:"t"`
		K string           `parquet:"k"`
	}
	rows := make([]row, 40)
	for i := range rows {
		rows[i] = row{wave(i), deprecated.Int96{0, uint32(i), 2458849 + uint32(i%7)},
			[]string{"a", "b"}[i*i%3%2]}
	}
	var b bytes.Buffer
	if err := parquet.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	o := outcome{target: "k", rows: 40, inputs: 1, classes: []string{"a", "b"},
		says: []string{`column "t" holds dates or times`}}
	o.check(t, writeFile(t, "t.parquet", b.String()))
	if got := string(appendInt96(nil, deprecated.Int96{0, 0, 2458850})); got != "2020-01-01 00:00:00" {
		t.Error(got)
	}
	b.Reset()
	if err := parquet.Write(&b, rows[:0]); err != nil {
		t.Fatal(err)
	}
	_, err := ReadTable(writeFile(t, "t.parquet", b.String()), Options{Target: "k", Fold: -1})
	wantError(t, err, "expected at least 2 rows of data, found 0")
}
