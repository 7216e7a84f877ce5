package dataset

import (
	"fmt"

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
