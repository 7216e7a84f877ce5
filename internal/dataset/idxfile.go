package dataset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/symvi/symvi/internal/memory"
)

// idxKind is the magic number that starts an IDX file: two zero bytes, the element type (8 for
// unsigned bytes) and the number of
// dimensions, each of which follows as a big-endian uint32.
type idxKind uint32

const (
	idxLabels idxKind = 0x00000801 // count
	idxImages idxKind = 0x00000803 // count, rows, columns
)

// dims returns the number of dimensions.
func (k idxKind) dims() int { return int(k & 0xff) }

// String names the kind for an error.
func (k idxKind) String() string {
	switch k {
	case idxLabels:
		return "0x00000801 (unsigned byte labels)"
	case idxImages:
		return "0x00000803 (unsigned byte images)"
	}
	return fmt.Sprintf("0x%08x (neither images nor labels of unsigned bytes)", uint32(k))
}

// idxFile is the content of one IDX file of unsigned bytes.
type idxFile struct {
	path string
	dims []int  // all positive, their product at most maxBytes
	data []byte // row-major, as long as the product of dims
}

// expected is what a header must declare: so many items where count is not 0, and no more bytes
// than admit, where it is set, admits.
type expected struct {
	count int
	admit func(bytes float64) error
}

func (e expected) check(dims []int, size uint64) error {
	if e.count > 0 && dims[0] != e.count {
		return fmt.Errorf("expected %d images, one for each label, found a header that declares %d",
			e.count, dims[0])
	}
	if e.admit != nil {
		return e.admit(float64(size))
	}
	return nil
}

// readIDX reads one IDX file of the given kind, plain or gzip-compressed, to its end; path names it
// in errors, and length is that of r. What it allocates is what r can hold, never by the header
// alone, and it stops one byte behind the declared end.
func readIDX(r io.Reader, length int64, path string, kind idxKind, want expected) (*idxFile,
	error) {
	content, holds, err := decompress(r, length)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	dims, size, err := readIDXHeader(content, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := want.check(dims, size); err != nil { // before anything is unpacked
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	data, err := readExactly(content, size, holds)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &idxFile{path: path, dims: dims, data: data}, nil
}

// deflateGrowth is the most bytes that a byte of a deflate stream can stand for.
const deflateGrowth = 1032

// decompress returns the content of r, through gzip if r starts with the two bytes that every gzip
// file starts with, and the most bytes that it can have if r has so many.
func decompress(r io.Reader, length int64) (content io.Reader, holds uint64, err error) {
	buffered := bufio.NewReader(r)
	start, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, cause(err)
	}
	if !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return buffered, uint64(length), nil
	}
	content, err = gzip.NewReader(buffered)
	if err != nil {
		return nil, 0, fmt.Errorf("expected a gzip header, found a broken one: %w", err)
	}
	return content, deflateGrowth * uint64(length), nil
}

// readIDXHeader reads the magic number and the dimensions and returns the dimensions and their
// product.
func readIDXHeader(r io.Reader, kind idxKind) (dims []int, size uint64, err error) {
	magic, err := readUint32s(r, 1)
	if err != nil {
		return nil, 0, fmt.Errorf("magic number: %w", err)
	}
	if found := idxKind(magic[0]); found != kind {
		return nil, 0, fmt.Errorf("expected magic number %v, found %v", kind, found)
	}
	declared, err := readUint32s(r, kind.dims())
	if err != nil {
		return nil, 0, fmt.Errorf("dimensions: %w", err)
	}
	size = 1
	for _, d := range declared {
		size *= uint64(d) // below 2⁶⁴: size is at most maxBytes ≤ 2³² here
		if size == 0 {
			return nil, 0, fmt.Errorf("expected dimensions of at least 1, found %s", product(declared))
		}
		if size > maxBytes {
			return nil, 0, fmt.Errorf("expected at most %d bytes of data, found a header that declares %s",
				maxBytes, product(declared))
		}
		dims = append(dims, int(d))
	}
	return dims, size, nil
}

// product writes dimensions as "60000×28×28".
func product(dims []uint32) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(dims), "[]"), " ", "×")
}

// readUint32s reads n big-endian numbers.
func readUint32s(r io.Reader, n int) ([]uint32, error) {
	raw := make([]byte, 4*n)
	if got, err := io.ReadFull(r, raw); err != nil {
		return nil, fmt.Errorf("expected %d bytes, found %d: %w", len(raw), got, cause(err))
	}
	values := make([]uint32, n)
	for i := range values {
		values[i] = binary.BigEndian.Uint32(raw[4*i:])
	}
	return values, nil
}

// readExactly reads size bytes and the end of r behind them, into memory that is taken at once if r
// can hold as much.
func readExactly(r io.Reader, size, holds uint64) ([]byte, error) {
	data := memory.Make[byte](int(min(size, holds)))
	found, err := fill(r, data)
	if err == nil && found == size {
		var behind [1]byte
		var more uint64
		if more, err = fill(r, behind[:]); more > 0 {
			return nil, fmt.Errorf("expected the end after %d bytes of data, found trailing bytes", size)
		}
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("expected %d bytes of data, found a read error after %d: %w", size, found,
			cause(err))
	case found < size:
		return nil, fmt.Errorf("expected %d bytes of data, found the end after %d", size, found)
	}
	return data, nil
}

// fill reads until data are full or r has ended or failed.
func fill(r io.Reader, data []byte) (n uint64, err error) {
	for n < uint64(len(data)) && err == nil {
		var got int
		got, err = r.Read(data[n:])
		n += uint64(got)
	}
	if n == uint64(len(data)) && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
