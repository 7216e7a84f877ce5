package dataset

import (
	"bytes"
	"math"
	"strconv"
	"testing"

	"github.com/symvi/symvi/internal/magic"
)

// checkDecimals reads a record as short decimals and field by field, which must agree wherever the
// former does not decline.
func checkDecimals(t *testing.T, text []byte, separator, mark byte) {
	t.Helper()
	fields := (&splitter{separator: separator}).split(text)
	if len(fields) == 0 {
		return
	}
	var b lanes
	r := &cellReader{decimal: mark, readings: make([]*reading, len(fields))}
	in := plainText{text: text, cells: r, separator: separator, mark: mark, limit: 1 << 20}
	b.shape(1, len(fields), r)
	outcome := laneAgain
	for tries := 0; outcome == laneAgain; tries++ {
		if tries > 2*len(fields) {
			t.Fatalf("record %q: without an end", text)
		}
		b.begin()
		outcome = b.read(0, &in, 0, len(text))
	}
	if outcome == laneDeclined {
		return
	}
	for j, field := range fields {
		var want cell
		r.read(&want, field, j)
		got := b.value(0, j)
		if got.kind != want.kind || got.kind == cellNumber && got.number != want.number ||
			got.kind == cellText && string(got.text) != string(want.text) {
			t.Fatalf("record %q, field %q: got %+v, want %+v (%v)", text, field, got, want, b.kinds)
		}
	}
}

// FuzzDecimals reads records of plain decimals in two ways.
func FuzzDecimals(f *testing.F) {
	for _, seed := range []string{"1,2,3", "-0.5,12345678,123456789.125", "1 2\t-3.5", "1;2,5;3", "",
		"-", "1.,.5", "000000000000000001,1\r",
		"9007199254740993,1", "123456789012345678901234567890", "1..2", "1,2,", "\xff1,2", "1:2"} {
		f.Add([]byte(seed), byte(','), byte('.'))
		f.Add([]byte(seed), byte(' '), byte('.'))
		f.Add([]byte(seed), byte(';'), byte(','))
	}
	f.Fuzz(func(t *testing.T, text []byte, separator, mark byte) {
		if _, err := (Format{Separator: string(rune(separator))}).separatorChar(); err != nil &&
			separator != ' ' && separator != '\t' {
			return
		}
		for _, c := range text {
			if c == '"' || c == '\n' { // which are not read this way
				return
			}
		}
		if mark == '.' || mark == ',' {
			checkDecimals(t, text, separator, mark)
		}
	})
}

// FuzzNumber reads arbitrary text as a number: the value must be that of package strconv, and the
// text that is written again must give the same number.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"", "0", "-1.5", "1,234.5", "1e-3", "9007199254740993", "1e400",
		"12345678901234567890", "0x1p2", "1_0", "+7", "-0", "1e18", "1.e2", "1,23"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkNumber)
}

// checkNumber holds parseNumber against package strconv and against itself.
func checkNumber(t *testing.T, text []byte) {
	n, ok := parseNumber(text, '.')
	if !ok {
		return
	}
	want, err := strconv.ParseFloat(string(text), 64)
	if err == nil && math.Float64bits(n.value) != math.Float64bits(want+0) {
		t.Fatalf("%q: got %v, want %v", text, n.value, want)
	}
	again, ok := parseNumber([]byte(n.text()), '.')
	if !ok || again.value != n.value || n.exact && again != n {
		t.Fatalf("%q: written as %q and read again: got %+v, want %+v", text, n.text(), again, n)
	}
}

// FuzzHeader reads arbitrary bytes as the headers of NumPy arrays, IDX files and Parquet's footers
// and pages.
func FuzzHeader(f *testing.F) {
	array := npyOf(4, 2, []float64{1, 2, 3, 5, 4, 9, 8, 7})
	f.Add(array[:min(len(array), 128)])
	f.Add([]byte(magic.NumPyMark + "\x02\x00\xff\xff\xff\xff"))
	f.Add(encodeIDX(idxImages, []int{3, 1, 2}, []byte{0, 1, 51, 255, 7, 8}))
	f.Add(encodeIDX(idxLabels, []int{1 << 31}, nil))
	good := parquetOf(f, []measurement{{1, nil, 3, true, "a"}, {2, nil, 5, false, "b"}})
	f.Add(good)
	f.Add(good[4:])
	f.Fuzz(readHeaders)
}

// readHeaders calls what reads a header of any format.
func readHeaders(t *testing.T, text []byte) {
	if h, err := readNPYHeader(bytes.NewReader(text)); err == nil {
		if a := (&npyArray{}); a.describe(h) == nil && (a.rows < 0 || a.cols < 1 || a.size < 1) {
			t.Fatalf("array of %d rows and %d columns of %d bytes", a.rows, a.cols, a.size)
		}
	}
	for _, kind := range []idxKind{idxImages, idxLabels} {
		if dims, size, err := readIDXHeader(bytes.NewReader(text), kind); err == nil &&
			(size < 1 || size > maxBytes || len(dims) != kind.dims()) {
			t.Fatalf("dimensions %v of %d bytes", dims, size)
		}
	}
	if n, err := thriftLength(text); err == nil && (n < 1 || n > len(text)) {
		t.Fatalf("a structure of %d bytes in %d", n, len(text))
	}
	if meta, err := readParquetFooter(bytes.NewReader(text), int64(len(text))); err == nil {
		if columns, err := flatColumns(meta); err == nil && len(columns) != len(meta.Schema)-1 {
			t.Fatalf("%d columns of %d", len(columns), len(meta.Schema)-1)
		}
	}
	if values := int32(len(text)); len(text) > 1 {
		if _, err := present(text[1:], values); err == nil && vetRuns(text[1:], 1, values) != nil {
			t.Fatal("levels that are no runs")
		}
		if err := vetRuns(text[1:], text[0], values); err == nil && text[0] > 32 {
			t.Fatalf("runs of %d bits", text[0])
		}
	}
}
