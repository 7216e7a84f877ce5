package dataset

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestReadIDXRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.SliceOfN(rapid.IntRange(1, 9), 3, 3).Draw(t, "dims")
		kind := rapid.SampledFrom([]idxKind{idxLabels, idxImages}).Draw(t, "kind")
		dims = dims[:kind.dims()]
		size := 1
		for _, d := range dims {
			size *= d
		}
		data := rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "data")
		file := encodeIDX(kind, dims, data)
		if rapid.Bool().Draw(t, "gzip") {
			file = gzipped(file)
		}
		got, err := readIDX(iotest.OneByteReader(bytes.NewReader(file)), int64(len(file)), "f", kind,
			expected{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.dims, dims) || !bytes.Equal(got.data, data) || got.path != "f" {
			t.Fatalf("got %v, want dims %v data %v", got, dims, data)
		}
	})
}

// A file cut anywhere, or followed by anything, must not be taken for a whole one.
func TestReadIDXNeedsTheExactLength(t *testing.T) {
	plain := encodeIDX(idxImages, []int{2, 2, 3}, []byte("0123456789ab"))
	for name, file := range map[string][]byte{"plain": plain, "gzip": gzipped(plain)} {
		if _, err := readIDX(bytes.NewReader(file), int64(len(file)), name, idxImages,
			expected{}); err != nil {
			t.Fatal(err)
		}
		for cut := range file {
			_, err := readIDX(bytes.NewReader(file[:cut]), int64(cut), name, idxImages, expected{})
			wantError(t, err, name+": ", "expected", "found")
		}
		for _, tail := range []string{"\x00", "x", "\x1f\x8b", strings.Repeat("z", 5000),
			string(gzipped([]byte("more")))} {
			_, err := readIDX(bytes.NewReader(append(slices.Clone(file), tail...)),
				int64(len(file)+len(tail)), name, idxImages, expected{})
			wantError(t, err, name+": ", "expected", "found")
		}
	}
}

func TestReadIDXErrors(t *testing.T) {
	image := encodeIDX(idxImages, []int{1, 2, 2}, []byte("abcd"))
	corrupt := gzipped(image)
	corrupt[len(corrupt)-8] ^= 1 // CRC-32
	tests := []struct {
		name  string
		file  []byte
		kind  idxKind
		parts []string
	}{
		{"empty", nil, idxImages, []string{"magic number: expected 4 bytes, found 0"}},
		{"one byte", []byte{0}, idxImages, []string{"magic number: expected 4 bytes, found 1"}},
		{"labels for images", encodeIDX(idxLabels, []int{1}, []byte{1}), idxImages,
			[]string{"expected magic number 0x00000803 (unsigned byte images), found 0x00000801 (unsigned " +
				"byte labels)"}},
		{"images for labels", image, idxLabels,
			[]string{"expected magic number 0x00000801 (unsigned byte labels), found 0x00000803 (unsigned " +
				"byte images)"}},
		{"float images", encodeIDX(0x0d03, []int{1, 1, 1}, make([]byte, 4)), idxImages,
			[]string{"found 0x00000d03 (neither images nor labels of unsigned bytes)"}},
		{"short header", image[:11], idxImages, []string{"dimensions: expected 12 bytes, found 7"}},
		{"no images", encodeIDX(idxImages, []int{0, 28, 28}, nil), idxImages,
			[]string{"expected dimensions of at least 1, found 0×28×28"}},
		{"no columns", encodeIDX(idxImages, []int{5, 28, 0}, nil), idxImages,
			[]string{"expected dimensions of at least 1, found 5×28×0"}},
		{"no labels", encodeIDX(idxLabels, []int{0}, nil), idxLabels,
			[]string{"expected dimensions of at least 1, found 0"}},
		{"too big", encodeIDX(idxImages, []int{1 << 17, 1 << 8, 1 << 8}, nil), idxImages,
			[]string{"expected at most 4294967296 bytes of data, found a header that declares " +
				"131072×256×256"}},
		{"beyond uint64", encodeIDX(idxImages, []int{1<<32 - 1, 1<<32 - 1, 1<<32 - 1}, nil), idxImages,
			[]string{"declares 4294967295×4294967295×4294967295"}},
		{"product 0 modulo 2⁶⁴", encodeIDX(idxImages, []int{1 << 31, 1 << 31, 4}, nil), idxImages,
			[]string{"declares 2147483648×2147483648×4"}},
		{"one pixel missing", image[:len(image)-1], idxImages,
			[]string{"expected 4 bytes of data, found the end after 3"}},
		{"one pixel more", append(slices.Clone(image), 0), idxImages,
			[]string{"expected the end after 4 bytes of data, found trailing bytes"}},
		{"gzip header only", []byte{0x1f, 0x8b}, idxImages,
			[]string{"expected a gzip header, found a broken one: ", "EOF"}},
		{"truncated gzip", gzipped(image)[:20], idxImages, []string{"unexpected EOF"}},
		{"gzip without its trailer", gzipped(image)[:len(corrupt)-8], idxImages,
			[]string{"found a read error after 4: unexpected EOF"}},
		{"gzip with a wrong checksum", corrupt, idxImages,
			[]string{"found a read error after 4: gzip: invalid checksum"}},
		{"gzip with trailing pixels", gzipped(append(slices.Clone(image), 0)), idxImages,
			[]string{"found trailing bytes"}},
		{"gzip with trailing rubbish", append(gzipped(image), "rubbish, long enough"...), idxImages,
			[]string{"gzip: invalid header"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readIDX(bytes.NewReader(test.file), int64(len(test.file)), "dir/file", test.kind,
				expected{})
			wantError(t, err, append(test.parts, "dir/file: ")...)
		})
	}
}

func TestReadIDXReportsReadErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	image := encodeIDX(idxImages, []int{1, 2, 2}, []byte("abcd"))
	for _, good := range []int{0, 2, 8, 17} {
		_, err := readIDX(io.MultiReader(bytes.NewReader(image[:good]), iotest.ErrReader(broken)),
			int64(len(image)), "f", idxImages, expected{})
		wantError(t, err, "f: ", "disk on fire")
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v does not wrap its cause", good, err)
		}
	}
}

// A header alone must not cost memory.
func TestReadIDXHeaderAllocatesLittle(t *testing.T) {
	// 4 GiB, the most that is allowed
	file := encodeIDX(idxImages, []int{1 << 16, 1 << 8, 1 << 8}, []byte("abcd"))
	wantAllocated(t, len(file), func() uint64 {
		_, err := readIDX(bytes.NewReader(file), int64(len(file)), "f", idxImages, expected{})
		wantError(t, err, "expected 4294967296 bytes of data, found the end after 4")
		return 1 << 20
	})
}

// A stream that goes on behind its declared end must be left there, and so must its memory.
func TestReadIDXStopsBehindTheDeclaredEnd(t *testing.T) {
	bomb := gzipped(append(encodeIDX(idxImages, []int{1, 2, 2}, []byte("abcd")),
		make([]byte, 64<<20)...))
	wantAllocated(t, len(bomb), func() uint64 {
		_, err := readIDX(bytes.NewReader(bomb), int64(len(bomb)), "f", idxImages, expected{})
		wantError(t, err, "found trailing bytes")
		return 1 << 20
	})
}
