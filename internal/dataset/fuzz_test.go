package dataset

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/symvi/symvi/internal/magic"
)

// What a reader may allocate in all, freed or not, in bytes: some whatever its input, that
// again for every batch that is read ahead where it is not short, more where the state and
// window of a decompressor are needed, some for each byte of it, some for what is known of a
// column, and the table itself.
const (
	fixedCost    = 256 << 10
	unpackedCost = 10 << 20
	byteCost     = 8
	columnCost   = 2 << 10
)

// allowed is the most that a reader may allocate for a file of which it makes s.
func allowed(name string, contents []byte, s *Split) uint64 {
	size, columns := len(contents), 0
	joined := bytes.IndexByte(contents, '"') >= 0 || bytes.IndexByte(contents, '\'') >= 0
	for line := range bytes.FieldsFuncSeq(contents, func(r rune) bool {
		return r == '\n' ||
			r == '\r'
	}) {
		n := 0
		for _, c := range line {
			if bytes.IndexByte([]byte(",;\t| ^~:!"), c) >= 0 {
				n++
			}
		}
		if joined && len(contents) < 1<<14 { // lines may belong together
			columns += n + 1
		} else {
			columns = max(columns, n+1)
		}
	}
	if looksPaired(contents, true) { // every pair may have an index of its own
		columns += bytes.Count(contents, []byte{':'})
	}
	limit := fixedCost
	if !strings.HasSuffix(name, ".csv") ||
		bytes.HasPrefix(contents, []byte{0x1f, 0x8b}) || bytes.HasPrefix(contents, []byte{0x28, 0xb5}) {
		limit = unpackedCost
	}
	if bytes.HasPrefix(contents, []byte{0x1f, 0x8b}) {
		size *= deflateRatio
	}
	if size > shortText {
		limit += fixedCost * (runtime.GOMAXPROCS(0) + 2)
	}
	limit += byteCost*size + columnCost*columns
	for _, part := range partsOf(s) {
		limit += 4 * len(part.X)
	}
	return uint64(limit)
}

// deflateRatio is more than the most that a deflate stream can grow by (1032).
const deflateRatio = 1100

// FuzzIDX reads arbitrary bytes as training images beside three good files.
func FuzzIDX(f *testing.F) {
	good := encodeIDX(idxImages, []int{3, 1, 2}, []byte{0, 1, 51, 255, 7, 8})
	huge := encodeIDX(idxImages, []int{1 << 16, 1 << 8, 1 << 8}, []byte("abcd"))
	wrapping := encodeIDX(idxImages, []int{1 << 31, 1 << 31, 4}, nil)
	bomb := append(bytes.Clone(good), make([]byte, 1<<20)...)
	for _, seed := range [][]byte{nil, good, good[:17], huge, wrapping, bomb,
		encodeIDX(idxLabels, []int{1}, []byte{1}), {0x1f, 0x8b}} {
		f.Add(seed)
		f.Add(gzipped(seed))
	}
	f.Fuzz(readImages)
}

// readImages reads a file of training images beside three good files.
func readImages(t *testing.T, images []byte) {
	fsys := smallIDX()
	fsys["train-images-idx3-ubyte"].Data = images
	limit := uint64(256<<10 + 16*len(images))
	if bytes.HasPrefix(images, []byte{0x1f, 0x8b}) {
		limit = uint64(256<<10 + 16*deflateRatio*len(images))
	}
	var s *Split
	var err error
	wantAllocated(t, len(images), func() uint64 {
		s, err = ReadIDXFS(fsys, "fuzz")
		return limit
	})
	if err != nil {
		wantError(t, err, "fuzz")
		return
	}
	checkTable(t, s.Schema, s.Train)
	checkTable(t, s.Schema, s.Test)
}

// fuzzTable reads arbitrary bytes as a table and, if they are one, again as new rows, which must
// give the same values. What is allocated is bounded by the size of the input and of the result.
func fuzzTable(t *testing.T, name string, contents []byte, o Options) {
	var s *Split
	o.Fold = -1
	invalid := o.check()
	err := invalid
	wantAllocated(t, len(contents), func() uint64 {
		if invalid == nil {
			s, err = readTable(memoryInput(contents, name), o, "")
		}
		return allowed(name, contents, s)
	})
	if err != nil {
		wantError(t, err)
		return
	}
	for _, part := range partsOf(s) {
		checkTable(t, s.Schema, part)
	}
	checkReport(t, s.Report)
	schema, err := s.Schema.roundTrip()
	if err != nil {
		t.Fatal(err)
	}
	r, err := openReader(memoryInput(contents, name), schema, ReadOptions{Targets: TargetsOptional,
		DropMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	again, err := r.ReadAll()
	if err != nil && len(s.Report.LeftOut) > 0 { // in rows that the training did not read
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var sum, want uint64
	for _, x := range again.X {
		sum += uint64(math.Float32bits(x))
	}
	rows := 0
	for _, part := range partsOf(s) {
		rows += part.N
		for _, x := range part.X {
			want += uint64(math.Float32bits(x))
		}
	}
	if again.N == rows && sum != want {
		t.Fatal("read again, other values")
	}
}

// checkReport fails if what is printed breaks its line.
func checkReport(t *testing.T, r *Report) {
	t.Helper()
	for _, line := range r.Lines() {
		r.Guesses = append(r.Guesses, line[:]...)
	}
	for _, line := range slices.Concat(r.Guesses, r.Warnings) {
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("report line %q has control characters", line)
		}
	}
}

// partsOf are the tables of a split; none of nil.
func partsOf(s *Split) (parts []*Table) {
	if s != nil {
		parts = append(parts, s.Train)
		if s.Test != nil {
			parts = append(parts, s.Test)
		}
	}
	return parts
}

// textSeeds are small tables of many kinds, and damaged ones.
var textSeeds = []string{
	"", "\ufeff", "a,y\n1,2\n3,4\n", "a,y\n\"1\n\",2\n3,x\n", "a,a\n1,2\n",
	"y,a\r\n1,2\r\n\r\n0,NaN\r\n", "a,y\n1e39,1\n1,2\n5,x\n1,x\n",
	"y\n1\n2\n", ",y\n1,2\n", "a,y\n1\n", "a,y\n\"1,2\n", "a,y\n1,b\n2,\xff\n",
	"a;y\n1,5;2\n2,5;1\n1,0;1\n", "\xff\xfea\x00", "a,y\n0x1p-2,01\n1_0,1\n",
	"# a y\n1 2\n2 3\n4 7\n", "sep=;\na;y\n1;2\n3;5\n",
	"a,c,y\n1,red,0\n2,blue,1\n3,,0\n4,red,1\n", "a,y\r1,2\r3,4\r5,9\r",
	"a,y\nTRUE,1\nfalse,2\ntrue,5\n", "t,y\n1700000000.25,1\n1700000000.5,2\n,3\n",
	"1,2\n2,3\n5,7\n", "a,y\n-999,1\n1,2\n1,3\n2,4\n2,9\n3,9\n1,7\n",
	"1 1:2 3:0.5\n-1 qid:2 3:4 7:1 # x\n1 1:3\n", "0.5 0:1 1:2\n1.5 1:7\n2:1 3:4 5:6\n",
	"@relation r\n@attribute a real\n@attribute y {p,'q r'}\n@data\n{0 1}\n{1 'q r'}\n{}\n",
	"a     u y\nx    15 1\nyy      2\nz   2.5\nw     3 4\n",
	"# made\n#\u202f 2\n2 2\n3 1\n", // a first row that has the names of a header of #
}

// FuzzText reads arbitrary text.
func FuzzText(f *testing.F) {
	for _, seed := range textSeeds {
		f.Add([]byte(seed), "y")
		f.Add([]byte(seed), "2")
		f.Add(gzipped([]byte(seed)), "-1")
	}
	f.Add([]byte("0"), " ")
	f.Add([]byte(",\naaa,2\nb\xb6>\x965,x\n1,x"), "2")
	f.Fuzz(func(t *testing.T, text []byte, target string) {
		fuzzTable(t, "fuzz.csv", text, Options{Target: target})
	})
}

// FuzzNumPy reads an arbitrary array or archive of arrays.
func FuzzNumPy(f *testing.F) {
	array := npyOf(4, 2, []float64{1, 2, 3, 5, 4, 9, 8, 7})
	f.Add(array)
	f.Add(array[:len(array)-3])
	archive := npzOf(f, map[string][]byte{"x": array, "y": npyOf(4, 0, []float64{1, 2, 4, 9})})
	f.Add(archive)
	for _, flip := range []byte{0x01, 0x10, 0xff} {
		for i := range archive {
			damaged := bytes.Clone(archive)
			damaged[i] ^= flip
			f.Add(damaged)
		}
	}
	f.Add([]byte(magic.NumPyMark + "\x02\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, contents []byte) {
		fuzzTable(t, "fuzz.npz", contents,
			Options{Target: "-1"})
	})
}

// FuzzParquet reads arbitrary bytes as a Parquet file.
func FuzzParquet(f *testing.F) {
	v := float32(2)
	good := parquetOf(f, []measurement{{1, &v, 3, true, "a"}, {2, nil, 5, false, "b"}, {2.5, &v, 5,
		false, "b"}, {7, nil, 5, true, "a"}})
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, contents []byte) {
		fuzzTable(t, "fuzz.parquet", contents,
			Options{Target: "k"})
	})
}

// FuzzSchema parses arbitrary JSON as the schema of a checkpoint and reads rows with it.
func FuzzSchema(f *testing.F) {
	for _, seed := range schemaSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(readSchema)
}

// schemaSeeds are schemas of checkpoints.
var schemaSeeds = []string{
	`{"task":"classify","inputs":1,"outputs":2,"classes":["a","b"],"columns":[{"name":"u","number":1,"kind":"number","origin":"0.5","mean":0,"std":1,"min":0,"max":1}],"targets":[{"name":"k","number":2,"kind":"text"}],"width":2}`,
	`{"task":"regress","inputs":1,"outputs":1,"columns":[{"name":"u","number":1,"kind":"text","categories":["x"]}],"targets":[{"name":"k","kind":"number","origin":"1","std":2}],"width":2,"format":{"header":"no"}}`,
}

// readSchema parses a schema and reads rows with it.
func readSchema(t *testing.T, text []byte) {
	rows := []byte("u,k\n1,a\n0.25,b\nx,2\n")
	s, err := ParseSchema(text)
	if err != nil || !s.IsTable() {
		return
	}
	r, err := openReader(memoryInput(rows, "fuzz.csv"), s, ReadOptions{Targets: TargetsOptional})
	if err != nil {
		return
	}
	defer r.Close()
	if _, err := r.ReadAll(); err == nil {
		r.Remarks()
	}
}

// TestAllocated checks the same bound on larger tables of several kinds.
func TestAllocated(t *testing.T) {
	o := Options{Target: "-1", Fold: -1}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	wide := strings.Repeat("1,", 20_000)
	names := rowsOf("", 20_000, func(i int) string { return fmt.Sprintf("c%d,", i) })
	for name, text := range map[string]string{
		"few rows": "a,y\n1,2\n2,4\n3,7\n",
		"narrow":   rowsOf("a,y", 100_000, func(i int) string { return fmt.Sprint(i*i%7, ",", i*i%3) }),
		"decimals": rowsOf("a,y", 50_000, func(i int) string {
			return fmt.Sprintf("%.4f,%.4f", wave(i), wave(i+2))
		}),
		"texts": rowsOf("a,y", 50_000, func(i int) string {
			return fmt.Sprint([]string{"x", "yes", ""}[i%3], ",", i*i%3)
		}),
		"amounts": rowsOf("a,y", 50_000, func(i int) string {
			return fmt.Sprint(i*i%7, "%,", i*i%3)
		}),
		"quotes": rowsOf("a,y", 50_000, func(i int) string {
			return fmt.Sprintf("%q,%q", fmt.Sprint(i*i%7), fmt.Sprint(i*i%3))
		}),
		"all different": rowsOf("a,b,y", 50_000, func(i int) string {
			return fmt.Sprint("N", i, ",", i%7, ",", i*i%3)
		}),
		"gaps": rowsOf("a,y", 50_000, func(i int) string {
			return []string{"", "", "7"}[i%3] + "," + string(rune('0'+i*i%3))
		}),
		"pairs": rowsOf("1 1:1 2:2", 50_000, func(i int) string {
			return fmt.Sprintf("%d 1:%.3f 2:%d", i*i%3, wave(i), i%7)
		}),
		"rare pairs": rowsOf("1 1:1 2:2", 5000, func(i int) string {
			return fmt.Sprintf("%d %d:%.3f %d:1", i*i%3, i%40, wave(i), 41+i%40)
		}),
		"braces": rowsOf("@relation r\n@attribute a real\n@attribute y {p,q}\n@data", 50_000,
			func(i int) string { return fmt.Sprintf("{0 %.2f,1 %c}", wave(i), 'p'+i*i%3%2) }),
		"by position": rowsOf("name       u   y", 50_000, func(i int) string {
			return fmt.Sprintf("%-5s %6s %3d", []string{"x", "", "yes"}[i%3],
				fmt.Sprintf("%.2f", wave(i))[:4], i*i%3)
		}),
		"blank lines": "a,b,c,d,e,f,g,h,y\n" + strings.Repeat("1,2,3,4,5,6,7,8,9\n2,1,1,1,1,1,1,1,3\n",
			9) + strings.Repeat("\n", 100_000),
		"long": rowsOf("a,y", 20_000, func(i int) string { return fmt.Sprint(wave(i)/3, ",", i*i%3) }),
		"wide": strings.ReplaceAll(names, "\n", "") + "y\n" + wide + "2\n" +
			strings.ReplaceAll(wide, "1", "3") + "5\n" + wide + "7\n",
	} {
		contents := []byte(text)
		wantAllocated(t, len(text), func() uint64 {
			s, err := readTable(memoryInput(contents, "t.csv"), o, "")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return allowed("t.csv", contents, s)
		})
	}
}
