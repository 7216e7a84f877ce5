package dataset

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/symvi/symvi/internal/magic"
	"github.com/symvi/symvi/internal/mutation"
)

// TestMutations reads mutated numbers, records, rows and headers, 10,000 of each, whole files of
// every format, 300 of each, and 3000 tiny ones of all, or as many as SYMVI_MUTATIONS says.
func TestMutations(t *testing.T) {
	array := string(npyOf(4, 2, []float64{1, 2, 3, 5, 4, 9, 8, 7}))
	rows := []measurement{{1, nil, 3, true, "a"}, {2, nil, 5, false, "b"}}
	for _, c := range []struct {
		name          string
		few           int
		corpus, words []string
		check         func(t *testing.T, text []byte)
	}{
		{"numbers", 10_000, []string{"-1.5", "1,234.5", "1e-3", "9007199254740993",
			"12345678901234567890", "0.000001"}, nil, checkNumber},
		{"records", 10_000, []string{"1,2,3", "-0.5,12345678,123456789.125", "000000000000000001,1\r",
			"1,.5,7."}, nil, checkRecord},
		{"rows", 10_000, rowSeeds, []string{"4294967296", "00", "1:1", "\\'", "\"", "{", "},", "qid:"},
			checkRows},
		{"headers", 10_000, []string{array[:128], string(parquetOf(t, rows)),
			string(encodeIDX(idxImages, []int{3, 1, 2}, []byte{0, 1}))}, nil, readHeaders},
		{"text", 300, slices.Concat(textSeeds, textFiles()), textWords, readAnyText},
		{"packed", 300, packedFiles(), nil, readAnyText},
		{"repacked", 300, textFiles(), textWords, readPacked},
		{"numpy", 300, numpyFiles(t), []string{"<f4", ">i8", "|b1", "|u1", "True", "(4,)",
			"<f2", "<U2", "|S3", "PK\x01\x02"},
			readAnyNumPy},
		{"parquet", 300, parquetFiles(t), []string{parquetMagic}, readAnyParquet},
		{"images", 300, imageFiles(), nil, readImages},
		{"schema", 300, schemaSeeds, []string{`"kind":"boolean"`, `"categories":["x","y"]`, "1e999",
			`"missing":"drop"`, "null", `"sentinels":[-999]`}, readSchema},
		{"tiny", 3000, tinyFiles(t), slices.Concat(textWords, []string{"<f4", ">i8", "PK\x01\x02",
			parquetMagic, `"kind":"boolean"`, "1e999"}), readTiny()},
	} {
		t.Run(c.name, func(t *testing.T) {
			mutation.Try(t, mutation.Number(t, c.few), c.corpus, c.words, c.check)
		})
	}
}

// checkRecord is checkDecimals of what may be a line.
func checkRecord(t *testing.T, text []byte) {
	if bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\n') < 0 {
		checkDecimals(t, text, ',', '.')
	}
}

// textFiles are tables that can be trained on, one of each kind.
func textFiles() []string {
	table := func(separator, decimal, end string) string {
		var b strings.Builder
		b.WriteString(strings.Join([]string{"id", "u", "color", "flag", "y"}, separator) + end)
		for i := range 24 {
			b.WriteString(strings.Join([]string{string(rune('0' + i%10)),
				string(rune('0'+i*7%10)) + decimal + string(rune('0'+i*i%9)), []string{"red", "blue", "",
					`"dark` + separator + `red"`}[i*i%4], []string{"TRUE", "false"}[i*i%5%2],
				string(rune('0' + i*i%3))}, separator) + end)
		}
		return b.String()
	}
	plain := table(",", ".", "\n")
	wide := strings.Repeat("a,", 30) + "y\n" + strings.Repeat(strings.Repeat("1,", 30)+"2\n"+
		strings.Repeat("2,", 30)+"1\n", 3)
	return []string{plain, table(";", ",", "\r\n"), table("\t", ".", "\r"), "\ufeff" + plain,
		"# made\n# id u y\n1 2 3\n2 2 4\n3 1 3\n4 9 4\n", "sep=|\n" + table("|", ".", "\n"),
		"\xff\xfe" + strings.Join(strings.Split("a,y\n1,2\n2,3\n3,2\n", ""), "\x00") + "\x00",
		"stra\xdfe,y\n1,\xe4\n2,\xe4\n3,b\n4,b\n", wide,
		"a,b,y\n" + strings.Repeat("-999,1e-3,0\n1,2,1\n2,3.25,0\n3,57\xc2\xa0394,1\n", 6),
		"u,u,w,y\n" + strings.Repeat("1 cm,$1,−1.5D+00,(2)\n3 cm,-$2,.,1\n2 cm,$3,57 394.5,-\n", 8),
		"'a','c','y'\nmm,s,kg\n" + strings.Repeat("1,'x, y','1'\n2,'z',2\n'a','c','y'\n", 9),
		strings.Join(strings.Split("\x00a,y\n1,2\n2,3\n3,2\n", ""), "\x00"),
		"t,y\n" + strings.Repeat("1700000000.125,1.5\n1700000001.5,2.25\n1700000007,9\n", 4),
		"name      u    y\n" + strings.Repeat("Ann    1.25    1\nBo            22\nÉva       3\n"+
			"Di     -0.5  333\n", 5),
		strings.Repeat("1 1:2.5 3:-7 12:1e3 # x\n-1 qid:1 2:1 3:1\n+1 1:4 2:9\n-1\n", 6),
		"@relation r\n@attribute u real\n@attribute 'v w' {no, 'a, b'}\n@attribute s string\n" +
			"@attribute y {p,q}\n@data\n" + strings.Repeat("{0 1.5, 3 q}\n{1 'a, b', 2 \"x\"}\n{}\n"+
			"{0 3,1 no,2 z,3 q}\n%\n{0 ?, 2 x}\n", 5)}
}

// textWords are what a text may hold that is read in a way of its own.
var textWords = []string{"\n", "\r\n", "\r", ",", ";", "\t", "|", `"`, `""`, "#", "sep=", "NA", "-999", "1e308",
	"0x1", "1,234,567", "2024-01-02", "12 %", "\ufeff", "\x00", "\xff", "true", "0,5",
	"9007199254740993",
	"123456789012345678901", "1e-400", "é", "  ", "-", ".", " cm", "$", "%", "−", "\u202f", "D+01",
	"(5)", "n/a", "1 234", "m", "'", "''", "---", "a,y\n", "\x00\x00", "\x1a",
	`\"`, `="5"`, "٣", "5.0-", "- 5", "1,00,000", "\x01", "# a", "12:30", "5 Jan 2019", "'5", "#NV", "_",
	" 3:1", "qid:1", "{", "}", ", 2 x"}

// packed is a text in gzip.
func packed(text string) string { return string(gzipped([]byte(text))) }

// packedFiles are texts in gzip and zstd.
func packedFiles() (files []string) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	for _, text := range textFiles() {
		files = append(files, packed(text), string(w.EncodeAll([]byte(text), nil)))
	}
	return append(files, packed("")+packed("a,y\n1,2\n2,1\n"), packed(strings.Repeat("1,2\n", 9999)))
}

// numpyFiles are arrays and archives of them.
func numpyFiles(t *testing.T) []string {
	array, vector := npyOf(4, 2, []float64{1, 2, 3, 5, 4, 9, 8, 7}), npyOf(4, 0, []float64{1, 2, 4, 9})
	return []string{string(array), string(vector), magic.NumPyMark + "\x02\x00\xff\xff\xff\xff",
		string(npzOf(t, map[string][]byte{"x": array, "y": vector})),
		string(npzOf(t, map[string][]byte{"x": vector, "z": vector, "y": vector})),
		string(npzOf(t, map[string][]byte{"x": vector, "z": npyOf(1, 0, []float64{5}), "y": vector})),
		string(arrayOf("<f2", "(4, 2)", true, []uint16{1, 0x3c00, 0x7bff, 0xc000, 5, 6, 7, 8})),
		string(arrayOf("<U1", "(4, 2)", false, []uint32{'a', 'b', 'c', 'd', 'e', 'a', 'b', 'c'}))}
}

// parquetFiles are tables in all versions and compressions.
func parquetFiles(t *testing.T) (files []string) {
	v := float32(2)
	var rows []measurement
	for i := range 24 {
		rows = append(rows, measurement{wave(i), &v, int64(i * i % 7), i%5 == 1, []string{"a",
			"b"}[i*i%3%2]})
		if i%4 == 0 {
			rows[i].V = nil
		}
	}
	for _, o := range [][]parquet.WriterOption{nil, {parquet.Compression(&parquet.Snappy)},
		{parquet.Compression(&parquet.Gzip)}, {parquet.Compression(&parquet.Zstd)},
		{parquet.Compression(&parquet.Brotli)}, {parquet.DataPageVersion(1)}} {
		files = append(files, string(parquetOf(t, rows, o...)), string(parquetOf(t, rows[:3], o...)))
	}
	return files
}

// imageFiles are files of training images.
func imageFiles() []string {
	good := encodeIDX(idxImages, []int{3, 1, 2}, []byte{0, 1, 51, 255, 7, 8})
	huge := encodeIDX(idxImages, []int{1 << 16, 1 << 8, 1 << 8}, []byte("abcd"))
	return []string{string(good), string(huge), packed(string(good)), packed(string(huge))}
}

// anyOptions are options that depend on a file's length alone.
func anyOptions(file []byte, targets ...string) Options {
	n := len(file)
	o := Options{Target: targets[n%len(targets)], Missing: MissingChoices()[n/7%3]}
	switch n % 13 {
	case 1:
		o.Task = Regress.String()
	case 2:
		o.Task = Classify.String()
	case 3:
		o.Drop = "1"
	case 4:
		o.Text = "1"
	case 5:
		o.Header = no
	case 6:
		o.MissingWords = "7,b"
	case 7:
		o.Raw = true
	}
	return o
}

func readAnyText(t *testing.T, file []byte) {
	fuzzTable(t, "fuzz.csv", file, anyOptions(file, "y", "-1", "u", "2", "a,y", ""))
}

// readPacked reads a text that was mutated before it was packed, in blocks that are stored.
func readPacked(t *testing.T, file []byte) {
	var b bytes.Buffer
	storing.Reset(&b)
	if _, err := storing.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := storing.Close(); err != nil {
		t.Fatal(err)
	}
	readAnyText(t, b.Bytes())
}

var storing, _ = gzip.NewWriterLevel(nil, gzip.NoCompression)

func readAnyNumPy(t *testing.T, file []byte) {
	fuzzTable(t, "fuzz.npz", file, anyOptions(file, "-1", "y", "1"))
}

func readAnyParquet(t *testing.T, file []byte) {
	fuzzTable(t, "fuzz.parquet", file, anyOptions(file, "k", "u", "-2"))
}

// tinyFiles are files of every reader, small enough that very many can be read: more of those that
// are read quickly.
func tinyFiles(t *testing.T) []string {
	texts := []string{"a,y\n1,2\n3,5\n4,1\n", "a;y\r\n1,5;2\r\n2,5;1\r\n3;7\r\n", "1 2\n2 3\n5 7\n",
		"a\ty\rx\t0\rz\t1\rx\t1\r", "# made\n# a y\n1 2\n2 2\n3 1\n", "sep=|\na|y\n1|2\n|3\n7|4\n",
		"\ufeffa,b,y\n1,true,u\n2,false,v\n3,true,u\n", "a,y\n\"1,5\",x\n\"2\n\",y\n3,x\n4,y\n",
		"a,y\n1 cm,(2)\n3 cm,4\n-,6\n", "a,y\n1e-3,−2\n57 394,1\n0.5,3\n",
		"\xff\xfea\x00,\x00y\x00\n\x001\x00" +
			",\x002\x00\n\x003\x00,\x004\x00", "'a','y'\n'1','p'\n'2','q'\n'3','p'\n",
		"x|y\n--+--\n1|2\n3|4\n",
		"a,y\nm,s\n1.5,2\n2.5,1\na,y\n3,4\n", "stra\xdfe,y\n1,\xe4\n2,\xe4\n3,b\n4,b\n",
		"a,y\n1700000000.25,1.5\n1700000000.5,2\n,3\n",
		"a,y\n12345678901234567.5,0.1234567890123456789\n1e-300,2\n3,4\n",
		"@relation r\n@attribute a real\n@attribute y {p,q}\n@data\n1,p\n%\n?,'q'\n3,p\n",
		"a,b,y\n<1,2*,3\n4,5,6\n7,8,9\nSource: x\n",
		"a     u y\nx    15 1\nyy      2\nz   2.5\nw     3 4\n",
		"1 1:2 3:0.5\n-1 3:4 7:1\n1 1:3 #\n-1\n1 2:5 7:2\n", "0.5 0:1 1:2\n1.5 1:7\n2 0:4\n",
		"@relation r\n@attribute a real\n@attribute y {p,q}\n@data\n{0 1}\n{0 2,1 'q'}\n{1 q}\n{}\n"}
	files := slices.Concat(texts, texts, texts, texts)
	array, vector := npyOf(3, 2, []float64{1, 2, 3, 5, 4, 9}), npyOf(3, 0, []float64{1, 2, 4})
	for range 4 {
		files = append(files, string(array), string(npyOf(2, 2, []float64{1, 2, 4, 8})), "0\n2\n1\n")
	}
	two := []measurement{{U: 1, N: 3, K: "a"}, {U: 2, N: 5, Flag: true, K: "b"}}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return append(files, string(npzOf(t, map[string][]byte{"x": array, "y": vector})),
		string(parquetOf(t, two)), packed(texts[0]), string(w.EncodeAll([]byte(texts[0]), nil)),
		string(encodeIDX(idxImages, []int{3, 1, 2}, []byte{0, 1, 51, 255, 7, 8})), schemaSeeds[0])
}

// readTiny reads a file by the reader that its first bytes ask for. Every sixteenth of tables is
// read with all checks, the allocated memory's and a second reading among them.
func readTiny() func(t *testing.T, file []byte) {
	n := 0
	return func(t *testing.T, file []byte) {
		name := "fuzz.csv"
		switch n++; {
		case bytes.HasPrefix(file, []byte("PK")):
			name = "fuzz.npz"
		case bytes.HasPrefix(file, []byte{0, 0, 8}):
			readImages(t, file)
			return
		case bytes.HasPrefix(file, []byte(`{"`)):
			readSchema(t, file)
			return
		case bytes.HasPrefix(file, []byte("0\n")):
			if _, err := parseNumbers(file, "index.txt"); err != nil {
				wantError(t, err, "index.txt")
			}
		}
		o := anyOptions(file, "y", "-1", "2", "k", "")
		if n%16 == 0 {
			fuzzTable(t, name, file, o)
			return
		}
		o.Fold = -1
		if o.check() != nil {
			return
		}
		s, err := readTable(memoryInput(file, name), o, "")
		if err != nil {
			wantError(t, err)
			return
		}
		for _, part := range partsOf(s) {
			checkTable(t, s.Schema, part)
		}
	}
}
