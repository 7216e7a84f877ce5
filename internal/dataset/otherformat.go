package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// asCSV and others are what to do about a file of another format.
const (
	asCSV     = "write the table as CSV"
	asParquet = "write the table as Parquet or CSV"
	unpack    = "unpack it first"
)

// otherFormats are formats that are no text and are not read, by what is at some place near their
// beginning, and what to do about such a file.
var otherFormats = []struct {
	at              int
	mark, name, way string
}{
	{0, "BZh", "bzip2", unpack},
	{0, "\xfd7zXZ\x00", "xz", unpack},
	{0, "\x04\x22\x4d\x18", "lz4", unpack},
	{0, "\x1f\x9d", "the output of compress (.Z)", unpack},
	{0, "\x1f\x8b", "gzip within gzip or zstd", unpack},
	{0, "\x28\xb5\x2f\xfd", "zstd within gzip or zstd", unpack},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", unpack},
	{0, "Rar!\x1a\x07", "a RAR archive", unpack},
	{257, "ustar", "a tar archive", unpack},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel sheet (.xls)", "save it as CSV"},
	{0, "SQLite format 3\x00", "an SQLite database", asCSV + ", as sqlite3 -header -csv does"},
	{0, "ARROW1", "Arrow (Feather)", asParquet},
	{0, "FEA1", "Feather", asParquet},
	{0, "\xff\xff\xff\xff", "an Arrow stream", asParquet},
	{0, "ORC", "ORC", asParquet},
	{0, "Obj\x01", "Avro", asParquet},
	{0, "\x89HDF\r\n\x1a\n", "HDF5", asParquet},
	{0, "CDF\x01", "NetCDF", asCSV},
	{0, "CDF\x02", "NetCDF", asCSV},
	{0, "MATLAB 5.0 MAT-file", "a MATLAB file", asCSV + ", as writetable does"},
	{0, "<stata_dta>", "a Stata file", asCSV + ", as export delimited does"},
	{0, "$FL2@(#)", "an SPSS file", "save it as CSV"},
	{0, "$FL3@(#)", "an SPSS file", "save it as CSV"},
	{12, "\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS file", asCSV + ", as proc export does"},
	{0, "HEADER RECORD*******", "a SAS transport file", asCSV + ", as proc export does"},
	{0, "RDX2\n", "an R workspace", asCSV + ", as write.csv does"},
	{0, "RDX3\n", "an R workspace", asCSV + ", as write.csv does"},
	{0, "X\n\x00\x00\x00", "an R object (.rds)", asCSV + ", as write.csv does"},
	{0, "\x89PNG\r\n", "a picture", asCSV},
	{0, "\xff\xd8\xff", "a picture", asCSV},
	{0, "GIF8", "a picture", asCSV},
	{0, "\x7fELF", "a program", "name a table"},
	{0, "MZ\x90", "a program", "name a table"},
}

// otherBinary names the format of a file, by its beginning, where that is none that is read, and
// what to do about it.
func otherBinary(head []byte) (name, way string) {
	if start := head[:min(len(head), 1<<12)]; bytes.IndexByte(start, 0) < 0 &&
		utf8.Valid(wholeRunes(start)) {
		return "", "" // a text may begin with ORC
	}
	for _, f := range otherFormats {
		if len(head) > f.at && bytes.HasPrefix(head[f.at:], []byte(f.mark)) {
			return f.name, f.way
		}
	}
	switch {
	case len(head) > 3 && head[0] == 0x80 && 2 <= head[1] && head[1] <= 5:
		return "a pickle of Python", asParquet
	case len(head) > 3 && 0x69 <= head[0] && head[0] <= 0x73 && (head[1] == 1 || head[1] == 2) &&
		head[2] == 1 && head[3] == 0:
		return "a Stata file", asCSV + ", as export delimited does"
	}
	return "", ""
}

// isZip reports whether a file is a zip archive.
func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// zipNames are what the names of files within an archive begin or end with, and what it is.
var zipNames = []struct{ part, name, way string }{
	{"xl/", "an Excel sheet", "save it as CSV"},
	{"[Content_Types].xml", "an Excel sheet", "save it as CSV"},
	{"opendocument.spreadsheet", "an OpenDocument sheet", "save it as CSV"},
	{"/data.pkl", "a file of torch.save", asParquet},
}

// otherZip names what an archive is that holds no arrays of NumPy.
func otherZip(head []byte) (name, way string) {
	head = head[:min(len(head), 1<<12)]
	for _, z := range zipNames {
		if bytes.Contains(head, []byte(z.part)) {
			return z.name, z.way
		}
	}
	return "a zip archive", unpack
}

// zipOfArrays reports whether the first file of an archive is an array of NumPy.
func zipOfArrays(head []byte) bool {
	const name, size = 30, 26 // where a local header has its file's name, and how long that is
	if len(head) < name {
		return false
	}
	end := name + int(head[size]) + int(head[size+1])<<8
	return end <= len(head) && bytes.HasSuffix(head[name:end], []byte(".npy"))
}

// textFormats are formats that are text, but no separated fields, by their beginnings in small
// letters.
var textFormats = []struct{ start, name string }{{"{\"", "JSON"}, {"[{", "JSON"}, {"[[", "JSON"},
	{"<!doctype", "HTML"}, {"<html", "HTML"}, {"<table", "HTML"}, {"<?xml", "XML"},
	{"create table", "SQL"}, {"insert into", "SQL"}, {"-- mysql dump", "SQL"},
	{"id;pwxl;", "SYLK"}, {"%pdf-", "PDF"}, {"{\\rtf", "RTF"},
	{"┌", "a drawn table"}, {"╭", "a drawn table"}, {"╒", "a drawn table"},
	{"version https://git-lfs", "a pointer of Git LFS, not the file (git lfs pull fetches it)"}}

// otherText names a format that is text, but no separated fields, by its beginning.
func otherText(text []byte) string {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	start := bytes.ToLower(trimmed[:min(len(trimmed), 100)])
	for _, f := range textFormats {
		if bytes.HasPrefix(start, []byte(f.start)) {
			return f.name
		}
	}
	if line := trimBlanks(firstLine(trimmed)); len(line) > 0 && (line[0] == '[' || line[0] == '{') &&
		(len(line) == 1 || json.Valid(line)) {
		return "JSON"
	}
	if isSparse(text) {
		return "sparse rows (libsvm)"
	}
	return ""
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

// refuseFormat is the error about a file of another format.
func refuseFormat(path, name, way string) error {
	return fmt.Errorf("%s: expected text, .gz, .zst, .parquet, .npy or .npz, found %s: %s", path, name,
		way)
}
