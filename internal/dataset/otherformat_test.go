package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestOtherFormats refuses files of formats that are not read by their names, and says what to do.
func TestOtherFormats(t *testing.T) {
	const zeros = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	csv := rowsOf("u,k", 40, func(i int) string { return fmt.Sprint(wave(i), ",", i*i%3%2) })
	tar := "t.csv" + strings.Repeat("\x00", 257-len("t.csv")) + "ustar\x0000" + csv
	for mark, want := range map[string]string{
		"BZh91AY&SY\xff\xfe":                       "found bzip2: unpack it first",
		"\xfd7zXZ\x00":                             "found xz: unpack it first",
		"7z\xbc\xaf\x27\x1c":                       "found a 7z archive",
		tar:                                        "found a tar archive",
		string(gzipped([]byte(tar))):               "found a tar archive",
		string(gzipped(gzipped([]byte(csv)))):      "found gzip within gzip or zstd",
		"PK\x03\x04" + zeros + "..xl/a.xml":        "found an Excel sheet: save it as CSV",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":         "found an Excel sheet (.xls): save it as CSV",
		"SQLite format 3\x00":                      "found an SQLite database",
		"ARROW1" + zeros:                           "found Arrow (Feather): write the table as Parquet",
		"ORC" + zeros:                              "found ORC",
		"\x89HDF\r\n\x1a\n":                        "found HDF5",
		"\x80\x04\x95" + zeros:                     "found a pickle of Python",
		"<stata_dta>" + zeros:                      "found a Stata file",
		"r\x02\x01\x00" + zeros:                    "found a Stata file",
		"$FL2@(#)" + zeros:                         "found an SPSS file",
		zeros + "\xc2\xea\x81\x60\xb3\x14\x11\xcf": "found a SAS file",
		string(gzipped([]byte("RDX3\n" + zeros))):  "found an R workspace",
		"%PDF-1.7\n%\xe2\xe3":                      "found PDF",
		"\x89PNG\r\n\x1a\n":                        "found a picture",
		"<table><tr><td>1</td></tr></table>":       "found HTML",
		"[\n  {\"u\": 1}\n]\n":                     "found JSON",
		"[1, 2, \"a\"]\n[2, 3, \"b\"]\n":           "found JSON",
		"CREATE TABLE t (u REAL);\n":               "found SQL",
		"┌───┬───┐\n│ u │ k │\n":                   "found a drawn table",
		"version https://git-lfs.github.com\n":     "found a pointer of Git LFS",
		zeros:                                      "found a zero byte in line 1",
	} {
		_, err := ReadTable(writeFile(t, "t.csv", mark), Options{Target: "k", Fold: -1})
		wantError(t, err, "t.csv: expected ", want)
	}
}

// TestNoOtherFormats reads texts that begin like files of other formats.
func TestNoOtherFormats(t *testing.T) {
	plain := outcome{target: "k", rows: 40, inputs: 1, classes: []string{"a", "b"}}
	for _, name := range []string{"ORC", "FEA1", "[u]", "MATLAB 5.0 MAT-file", "id", "BZh"} {
		plain.check(t, writeFile(t, "t.csv", rowsOf(name+",k", 40, func(i int) string {
			return fmt.Sprint(wave(i), ",", []string{"a", "b"}[i*i%3%2])
		})))
	}
	times := outcome{target: "2", rows: 40, inputs: 1, says: []string{"no header"}}
	times.set = func(o *Options) { o.Task = "regress" }
	times.check(t, writeFile(t, "t.txt", rowsOf("5 0.5", 40, func(i int) string {
		return fmt.Sprintf("%v %v", wave(i), wave(i+7))
	})[len("5 0.5\n"):]))
}

// TestArraysByContents reads arrays of NumPy in an archive whatever it is called.
func TestArraysByContents(t *testing.T) {
	values := make([]float64, 60)
	for i := range values {
		values[i] = wave(i)
	}
	archive := npzOf(t, map[string][]byte{"a": npyOf(30, 2, values), "y": npyOf(30, 0, values[:30])})
	s, err := ReadTable(writeFile(t, "t.zip", string(archive)),
		Options{Target: "y", Fold: -1, Task: "regress"})
	if err != nil || s.Inputs != 2 {
		t.Errorf("%v: %+v", err, s)
	}
}

// TestBrokenGzip says what is wrong with compressed data, which a skippable frame of zstd is not.
func TestBrokenGzip(t *testing.T) {
	csv := []byte(rowsOf("u,k", 40, func(i int) string { return fmt.Sprint(wave(i), ",", i*i%3%2) }))
	packed := string(gzipped(csv))
	for text, want := range map[string]string{
		packed[:len(packed)-9]:              "expected more gzip data, found the end",
		packed + strings.Repeat("\x00", 20): "expected the end behind the gzip data",
	} {
		_, err := ReadTable(writeFile(t, "t.csv.gz", text), Options{Target: "k", Fold: -1})
		wantError(t, err, want)
	}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	both := outcome{target: "k", rows: 40, inputs: 1, classes: []string{"0", "1"}}
	both.check(t, writeFile(t, "t.csv.gz", string(gzipped(csv[:99]))+string(gzipped(csv[99:]))))
	both.check(t, writeFile(t, "t.csv.zst", "\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"+
		string(w.EncodeAll(csv, nil))))
}
