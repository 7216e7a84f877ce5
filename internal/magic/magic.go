// Package magic knows files of other programs by their beginnings. What is to be done about one is
// for its callers to say.
package magic

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Format is what a file is, in words that complete "found …"; "" for a file that is not known.
type Format string

// Formats that callers have more to say about than others.
const (
	Compress  Format = "the output of compress (.Z)"
	Bzip2     Format = "bzip2"
	XZ        Format = "xz"
	LZ4       Format = "lz4"
	Gzip      Format = "gzip"
	Zstd      Format = "zstd"
	SevenZip  Format = "a 7z archive"
	RAR       Format = "a RAR archive"
	Tar       Format = "a tar archive"
	Zip       Format = "a zip archive"
	Excel     Format = "an Excel sheet"
	OldExcel  Format = "an Excel sheet (.xls)"
	Document  Format = "an OpenDocument sheet"
	SQLite    Format = "an SQLite database"
	Arrow     Format = "Arrow (Feather)"
	Feather   Format = "Feather"
	Stream    Format = "an Arrow stream"
	ORC       Format = "ORC"
	Avro      Format = "Avro"
	HDF5      Format = "HDF5"
	NetCDF    Format = "NetCDF"
	MATLAB    Format = "a MATLAB file"
	Stata     Format = "a Stata file"
	SPSS      Format = "an SPSS file"
	SAS       Format = "a SAS file"
	SASExport Format = "a SAS transport file"
	RData     Format = "an R workspace"
	RDS       Format = "an R object (.rds)"
	Picture   Format = "a picture"
	Program   Format = "a program"
	NumPy     Format = "an array of NumPy"
	NumPyZip  Format = "an archive of NumPy"
	Pickle    Format = "a pickle of Python"
	Torch     Format = "a file of torch.save"
	Keras     Format = "a Keras model"
	GGUF      Format = "GGUF"
	LFS       Format = "a pointer of Git LFS, not the file (git lfs pull fetches it)"
	HTML      Format = "HTML"
	JSON      Format = "JSON"
)

// NumPyMark is how an array of NumPy begins.
const NumPyMark = "\x93NUMPY"

// marks are formats that are no text, by what is at some place near their beginning.
var marks = []struct {
	at   int
	mark string
	Format
}{
	{0, "BZh", Bzip2}, {0, "\xfd7zXZ\x00", XZ}, {0, "\x04\x22\x4d\x18", LZ4},
	{0, "\x1f\x9d", Compress}, {0, "\x1f\x8b", Gzip}, {0, "\x28\xb5\x2f\xfd", Zstd},
	{0, "7z\xbc\xaf\x27\x1c", SevenZip}, {0, "Rar!\x1a\x07", RAR}, {257, "ustar", Tar},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OldExcel}, {0, "SQLite format 3\x00", SQLite},
	{0, "ARROW1", Arrow}, {0, "FEA1", Feather}, {0, "\xff\xff\xff\xff", Stream}, {0, "ORC", ORC},
	{0, "Obj\x01", Avro}, {0, "\x89HDF\r\n\x1a\n", HDF5}, {0, "CDF\x01", NetCDF},
	{0, "CDF\x02", NetCDF}, {0, "MATLAB 5.0 MAT-file", MATLAB}, {0, "<stata_dta>", Stata},
	{0, "$FL2@(#)", SPSS}, {0, "$FL3@(#)", SPSS}, {12, "\xc2\xea\x81\x60\xb3\x14\x11\xcf", SAS},
	{0, "HEADER RECORD*******", SASExport}, {0, "RDX2\n", RData}, {0, "RDX3\n", RData},
	{0, "X\n\x00\x00\x00", RDS}, {0, "\x89PNG\r\n", Picture}, {0, "\xff\xd8\xff", Picture},
	{0, "GIF8", Picture}, {0, "\x7fELF", Program}, {0, "MZ\x90", Program}, {0, NumPyMark, NumPy},
	{0, "GGUF", GGUF},
}

// Binary is the format of a file that is no text, nor a zip archive.
func Binary(head []byte) Format {
	if start := head[:min(len(head), 1<<12)]; bytes.IndexByte(start, 0) < 0 &&
		utf8.Valid(WholeRunes(start)) {
		return "" // a text may begin with ORC
	}
	for _, m := range marks {
		if len(head) > m.at && bytes.HasPrefix(head[m.at:], []byte(m.mark)) {
			return m.Format
		}
	}
	switch {
	case len(head) > 3 && head[0] == 0x80 && 2 <= head[1] && head[1] <= 5:
		return Pickle
	case len(head) > 3 && 0x69 <= head[0] && head[0] <= 0x73 && (head[1] == 1 || head[1] == 2) &&
		head[2] == 1 && head[3] == 0: // before version 13
		return Stata
	}
	return ""
}

// WholeRunes cuts off the beginning of a character whose end is not in text.
func WholeRunes(text []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}

// members are parts of names of files within an archive, by which it is known.
var members = []struct {
	part string
	Format
}{{"data.pkl", Torch}, {"config.json", Keras}, {"[Content_Types].xml", Excel}, {"xl/", Excel},
	{"opendocument.spreadsheet", Document}}

// Archive is the format of a zip archive, by the names of files in what there is of it.
func Archive(head []byte) Format {
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) && !bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return ""
	}
	if bytes.HasSuffix(firstMember(head), []byte(".npy")) {
		return NumPyZip
	}
	for _, m := range members {
		if bytes.Contains(head, []byte(m.part)) {
			return m.Format
		}
	}
	return Zip
}

// firstMember is the name of the first file of an archive.
func firstMember(head []byte) []byte {
	const name, size = 30, 26 // where a local header has its file's name, and how long that is
	if len(head) < name {
		return nil
	}
	end := name + int(head[size]) + int(head[size+1])<<8
	return head[name:min(end, len(head))]
}

// beginnings are those, in small letters, of formats that are text.
var beginnings = []struct {
	start string
	Format
}{{"{\"", JSON}, {"[{", JSON}, {"[[", JSON}, {"<!doctype", HTML}, {"<html", HTML},
	{"<table", HTML}, {"<?xml", "XML"}, {"create table", "SQL"}, {"insert into", "SQL"},
	{"-- mysql dump", "SQL"}, {"id;pwxl;", "SYLK"}, {"%pdf-", "PDF"}, {"{\\rtf", "RTF"},
	{"┌", "a drawn table"}, {"╭", "a drawn table"}, {"╒", "a drawn table"},
	{"version https://git-lfs", LFS}}

// Text is the format of a text that does not consist of separated fields.
func Text(text []byte) Format {
	text = bytes.TrimLeft(text, " \t\r\n")
	start := bytes.ToLower(text[:min(len(text), 100)])
	for _, f := range beginnings {
		if bytes.HasPrefix(start, []byte(f.start)) {
			return f.Format
		}
	}
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	if line = bytes.TrimRight(line, " \t\r"); len(line) > 0 && (line[0] == '[' || line[0] == '{') &&
		(len(line) == 1 || json.Valid(line)) {
		return JSON
	}
	return ""
}
