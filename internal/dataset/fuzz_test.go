package dataset

import (
	"bytes"
	"slices"
	"testing"
)

// fixedCost bounds, in bytes, what a reader may allocate whatever its input: buffers, the state of a decompressor.
const fixedCost = 256 << 10

// deflateRatio is more than the most that a deflate stream can grow by (1032).
const deflateRatio = 1100

// FuzzIDX reads arbitrary bytes as training images beside three good files.
func FuzzIDX(f *testing.F) {
	good := encodeIDX(idxImages, []int{3, 1, 2}, []byte{0, 1, 51, 255, 7, 8})
	huge := encodeIDX(idxImages, []int{1 << 16, 1 << 8, 1 << 8}, []byte("abcd"))
	wrapping := encodeIDX(idxImages, []int{1 << 31, 1 << 31, 4}, nil)
	bomb := append(bytes.Clone(good), make([]byte, 1<<20)...)
	for _, seed := range [][]byte{nil, good, good[:17], huge, wrapping, bomb, encodeIDX(idxLabels, []int{1}, []byte{1}), {0x1f, 0x8b}} {
		f.Add(seed)
		f.Add(gzipped(seed))
	}
	f.Fuzz(func(t *testing.T, images []byte) {
		fsys := smallIDX()
		fsys["train-images-idx3-ubyte"].Data = images
		limit := uint64(fixedCost + 16*len(images))
		if bytes.HasPrefix(images, []byte{0x1f, 0x8b}) {
			limit = uint64(fixedCost + 16*deflateRatio*len(images))
		}
		var s *Split
		var err error
		if used := allocated(func() { s, err = ReadIDXFS(fsys, "fuzz") }); used > limit {
			t.Fatalf("%d bytes of input made the reader allocate %d", len(images), used)
		}
		if err != nil {
			wantError(t, err, "fuzz")
			return
		}
		checkTable(t, s.Schema, s.Train)
		checkTable(t, s.Schema, s.Test)
	})
}

// FuzzCSV reads arbitrary text as a training file and, if it is one, its own rows as a test file.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeff", flowers, "a,y\n1,2\n3,4\n", "a,y\n\"1\n\",2\n3,x\n", "a,a\n1,2\n", "y,a\r\n1,2\r\n\r\n0,NaN\r\n", "a,y\n1e39,1\n1,2\n",
		"y\n1\n2\n", ",y\n1,2\n", "a,y\n1\n", "a,y\n\"1,2\n", "a,y\n1,b\n2,\xff\n", "a;y\n1;2\n", "\xff\xfea\x00", "a,y\n0x1p-2,01\n1_0,1\n",
	} {
		f.Add(seed, "y", true)
		f.Add(seed, "species", false)
	}
	f.Fuzz(func(t *testing.T, text, target string, classify bool) {
		task := Regress
		if classify {
			task = Classify
		}
		var table *Table
		var schema Schema
		read := func() error {
			file, err := csvText("fuzz.csv", text)
			if err != nil {
				return err
			}
			table, schema, err = readTrainingCSV(file, target, task)
			return err
		}
		var err error
		if used := allocated(func() { err = read() }); used > uint64(fixedCost+256*len(text)) {
			t.Fatalf("%d bytes of input made the reader allocate %d", len(text), used)
		}
		if err != nil {
			wantError(t, err, "fuzz.csv: ")
			return
		}
		checkTable(t, schema, table)
		file, err := csvText("fuzz.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := readMatchingCSV(file, schema)
		if err != nil {
			t.Fatal(err)
		}
		if !equalBits(again.X, table.X) || !equalBits(again.Y, table.Y) || !slices.Equal(again.Labels, table.Labels) {
			t.Fatalf("read as a test file: %+v, as a training file: %+v", again, table)
		}
	})
}
