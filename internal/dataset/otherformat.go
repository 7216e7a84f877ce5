package dataset

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/symvi/symvi/internal/magic"
)

// What to do about a file of another format.
const (
	asCSV     = "write the table as CSV"
	asParquet = "write the table as Parquet or CSV"
	saveAsCSV = "save it as CSV"
	asR       = asCSV + ", as write.csv does"
	unpack    = "unpack it first"
)

// ways are what to do about files of other formats, where that is not asCSV.
var ways = map[magic.Format]string{
	magic.Bzip2: unpack, magic.XZ: unpack, magic.LZ4: unpack, magic.Compress: unpack,
	magic.Gzip: unpack, magic.Zstd: unpack, magic.SevenZip: unpack, magic.RAR: unpack,
	magic.Tar: unpack, magic.Zip: unpack,
	magic.Excel: saveAsCSV, magic.OldExcel: saveAsCSV, magic.Document: saveAsCSV,
	magic.SPSS:   saveAsCSV,
	magic.SQLite: asCSV + ", as sqlite3 -header -csv does",
	magic.MATLAB: asCSV + ", as writetable does",
	magic.Stata:  asCSV + ", as export delimited does",
	magic.SAS:    asCSV + ", as proc export does", magic.SASExport: asCSV + ", as proc export does",
	magic.RData: asR, magic.RDS: asR,
	magic.Arrow: asParquet, magic.Feather: asParquet, magic.Stream: asParquet, magic.ORC: asParquet,
	magic.Avro: asParquet, magic.HDF5: asParquet, magic.Pickle: asParquet, magic.Torch: asParquet,
	magic.Program: "name a table",
}

// wayOut is what to do about a file of another format.
func wayOut(f magic.Format) string {
	if way := ways[f]; way != "" {
		return way
	}
	return asCSV
}

// refuseFormat is the error about a file of another format that is no text.
func refuseFormat(path string, f magic.Format) error {
	name := string(f)
	if f == magic.Gzip || f == magic.Zstd { // the outer one has been undone
		name += " within gzip or zstd"
	}
	return fmt.Errorf("%s: expected text, .gz, .zst, .parquet, .npy or .npz, found %s: %s", path, name,
		wayOut(f))
}

// isSparse reports whether the first lines are targets, numbers that is, and then numbered values,
// several in one of them.
func isSparse(text []byte) bool {
	const most, size = 20, 1 << 14
	if len(text) > size { // where the last line may be cut off
		text = text[:bytes.LastIndexByte(text[:size], '\n')+1]
	}
	lines, values := 0, 0 // most of a line
	for len(text) > 0 && lines < most {
		var line []byte
		line, text = cutLine(text)
		if line, _, _ = bytes.Cut(line, []byte{'#'}); len(trimBlanks(line)) == 0 {
			continue
		}
		n, ok := sparseValues(line)
		if !ok {
			return false
		}
		lines, values = lines+1, max(values, n)
	}
	return lines > 1 && values > 1
}

// sparseValues counts the numbered values behind the target of a line, whose numbers grow, or
// reports that it is none.
func sparseValues(line []byte) (n int, ok bool) {
	target, last := true, uint64(0)
	for word := range bytes.FieldsSeq(line) {
		if !target {
			index, value, found := bytes.Cut(word, []byte{':'})
			number, err := strconv.ParseUint(string(index), 10, 32)
			switch group := string(index) == "qid"; {
			case !found, !group && (err != nil || n > 0 && number <= last):
				return 0, false
			case !group:
				last = number
				n++
			}
			word = value
		}
		if _, number := parseNumber(word, '.'); !number {
			return 0, false
		}
		target = false
	}
	return n, true
}
