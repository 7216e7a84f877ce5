package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"codeberg.org/sbinet/npyio/npy"
)

// npySource is a table of one NumPy array (.npy), whose columns go by number, or of several (.npz),
// whose columns are named after their arrays: x for a vector x, x.1, x.2, … for a matrix.
type npySource struct {
	file   string
	in     *input
	arrays []npyArray
	names  []string
	rows   int
	crc    uint32
	said   []string // that arrays are left out
}

// npyArray is a vector or matrix of numbers.
type npyArray struct {
	name       string
	rows, cols int
	columns    bool  // one column after the other, as Fortran has them
	size       int   // bytes of an element
	wrong      error // why it cannot be a part of a table
	text       func(dst, element []byte) []byte
	open       func() (io.ReadCloser, error) // at the first element
}

// maxNPYHeader is the longest header that is read, in bytes.
const maxNPYHeader = 1 << 16

// newNPYSource opens a single array.
func newNPYSource(in *input) (source, error) {
	s := &npySource{file: in.path, in: in}
	open := func() (io.ReadCloser, error) {
		c, err := in.openContents()
		if err != nil {
			return nil, err
		}
		return &countedContents{c, s}, nil
	}
	a, err := openArray("", open)
	if err == nil {
		err = a.wrong
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	s.arrays, s.rows, s.names = []npyArray{*a}, a.rows, make([]string, a.cols)
	return s, s.check()
}

// countedContents keeps the checksum of what was read to the end.
type countedContents struct {
	*contents
	source *npySource
}

// Close reads what is left, which a table of the declared size has not.
func (c *countedContents) Close() error {
	if n, _ := io.Copy(io.Discard, c.contents); n == 0 {
		c.source.crc = c.crc.Sum32()
	}
	return c.contents.Close()
}

// newNPZSource opens an archive of arrays.
func newNPZSource(in *input, hint hints) (source, error) {
	s := &npySource{file: in.path, in: in}
	file, size, err := in.randomAccess()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("%s: expected a .npz archive: %w", in.path, err)
	}
	if s.crc, err = in.checksum(); err != nil {
		return nil, err
	}
	var all []npyArray
	for _, f := range archive.File {
		name, isArray := strings.CutSuffix(f.Name, ".npy")
		if !isArray {
			continue
		}
		a, err := openArray(strings.ToValidUTF8(name, "�"), f.Open) // as a checkpoint keeps it
		if err != nil {
			return nil, fmt.Errorf("%s: array %q: %w", in.path, clip(name), err)
		}
		all = append(all, *a)
	}
	if err := s.take(all, hint.names); err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	return s, s.check()
}

// take makes columns of arrays: of those that have as many rows as one that is asked for by the
// name of a column, and where none is, of all.
func (s *npySource) take(all []npyArray, names []string) error {
	asked := slices.IndexFunc(all, func(a npyArray) bool {
		return slices.ContainsFunc(names, a.hasColumn)
	})
	fitting := 0
	for _, a := range all {
		if a.rows == all[max(asked, 0)].rows {
			fitting++
		}
	}
	var others []string
	for i := range all {
		a := &all[i]
		switch first := &all[max(asked, 0)]; {
		case a.rows != first.rows && asked >= 0 && fitting > 1:
			others = append(others, a.name)
			continue
		case a.wrong != nil:
			return fmt.Errorf("array %q: %w", clip(a.name), a.wrong)
		case a.rows != first.rows:
			return fmt.Errorf("expected arrays with as many rows each, found %q with %d and %q with %d",
				clip(a.name), a.rows, clip(first.name), first.rows)
		}
		s.rows = a.rows
		s.arrays = append(s.arrays, *a)
		s.names = append(s.names, a.columnNames()...)
		if err := s.in.limits.checkColumns(len(s.names)); err != nil {
			return err
		}
	}
	distinctNames(s.names)
	if len(others) > 0 {
		s.said = []string{visible(fmt.Sprintf("arrays with another number of rows than %q are left "+
			"out: %s", clip(all[asked].name), quoteList(others)))}
	}
	return nil
}

// hasColumn reports whether a column of the array has the given name.
func (a *npyArray) hasColumn(name string) bool {
	rest, found := strings.CutPrefix(name, a.name)
	return found && (rest == "" || rest[0] == '.')
}

// columnNames are the names of an array's columns.
func (a *npyArray) columnNames() []string {
	if a.cols == 1 {
		return []string{a.name}
	}
	names := make([]string, a.cols)
	for i := range names {
		names[i] = a.name + "." + strconv.Itoa(i+1)
	}
	return names
}

func (s *npySource) check() error {
	if len(s.arrays) == 0 {
		return fmt.Errorf("%s: expected arrays of numbers, found none", s.file)
	}
	if err := s.in.limits.checkColumns(len(s.names)); err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	return nil
}

// openArray reads an array's header; open begins at it.
func openArray(name string, open func() (io.ReadCloser, error)) (*npyArray, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	h, err := readNPYHeader(f)
	if err := cmp.Or(err, f.Close()); err != nil {
		return nil, err
	}
	a := &npyArray{name: name, rows: -1}
	a.wrong = a.describe(h)
	a.open = func() (io.ReadCloser, error) {
		f, err := open()
		if err != nil {
			return nil, err
		}
		_, err = readNPYHeader(f)
		return f, err
	}
	return a, nil
}

// readNPYHeader parses a header with package npy, once its length is known to be sensible; that
// package allocates what the length says and panics at some malformed ones.
func readNPYHeader(r io.Reader) (h *npy.Header, err error) {
	start := make([]byte, 10)
	if _, err := io.ReadFull(r, start); err != nil || !bytes.HasPrefix(start, []byte(npyMagic)) {
		return nil, errors.New("expected a NumPy array, found something else")
	}
	length := int(binary.LittleEndian.Uint16(start[8:]))
	if start[6] != 1 { // versions 2 and 3 have two more bytes
		start = append(start, 0, 0)
		if _, err := io.ReadFull(r, start[10:]); err != nil {
			return nil, fmt.Errorf("expected a header, found the end: %w", cause(err))
		}
		if n := binary.LittleEndian.Uint32(start[8:]); n <= maxNPYHeader {
			length = int(n)
		} else {
			return nil, fmt.Errorf("expected a header of at most %d bytes, found one of %d", maxNPYHeader, n)
		}
	}
	header := append(start, make([]byte, length)...)
	if _, err := io.ReadFull(r, header[len(start):]); err != nil {
		return nil, fmt.Errorf("expected a header of %d bytes, found the end: %w", length, cause(err))
	}
	// as version 2, but for the encoding of the names of fields, of which there are none
	if header[6] == 3 {
		header[6] = 2
	}
	defer func() {
		if p := recover(); p != nil {
			h, err = nil, errors.New("expected a NumPy header, found a malformed one")
		}
	}()
	parsed, err := npy.NewReader(bytes.NewReader(header))
	if err != nil {
		return nil, err
	}
	return &parsed.Header, nil
}

const npyMagic = "\x93NUMPY"

// describe finds out the shape and type of an array.
func (a *npyArray) describe(h *npy.Header) error {
	shape := h.Descr.Shape
	if len(shape) > 0 {
		a.rows = shape[0]
	}
	switch {
	case len(shape) == 1:
		shape = []int{shape[0], 1}
	case len(shape) != 2:
		return fmt.Errorf("expected a vector or a matrix, found shape %v", shape)
	}
	a.cols, a.columns = shape[1], h.Descr.Fortran && len(h.Descr.Shape) == 2
	if a.rows < 0 || a.cols < 1 || a.cols > maxColumns || a.rows > math.MaxInt32 {
		return fmt.Errorf("expected at least one column and at most %d, found shape %v", maxColumns,
			shape)
	}
	if err := a.setType(strings.Trim(h.Descr.Type, "'")); err != nil {
		return err
	}
	if size := float64(a.rows) * float64(a.cols) * float64(a.size); size > float64(maxBytes) {
		return fmt.Errorf("expected at most %d bytes of data, found shape %v", maxBytes, shape)
	}
	return nil
}

// maxNPYText is the longest text of an array of texts, in characters.
const maxNPYText = 1 << 12

// setType finds how elements are written as text: integers in decimal, floats as the shortest
// decimal that gives the same float again, which is what other programs write to text files.
func (a *npyArray) setType(dtype string) error {
	var order binary.ByteOrder = binary.LittleEndian
	if strings.HasPrefix(dtype, ">") {
		order = binary.BigEndian
	}
	kind := strings.TrimLeft(dtype, "<>|=")
	if n, err := strconv.Atoi(strings.TrimLeft(kind, "US")); err == nil && n > 0 && n <= maxNPYText &&
		strings.Trim(kind, "0123456789") != "" {
		a.setText(kind[0], n, order)
		return nil
	}
	if len(kind) != 2 || !strings.Contains("b1 i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8", kind) {
		return fmt.Errorf("expected numbers, booleans or texts of at most %d characters, found elements "+
			"of type %q", maxNPYText, clip(dtype))
	}
	a.size = int(kind[1] - '0')
	word := func(b []byte) uint64 {
		switch a.size {
		case 1:
			return uint64(b[0])
		case 2:
			return uint64(order.Uint16(b))
		case 4:
			return uint64(order.Uint32(b))
		}
		return order.Uint64(b)
	}
	unused := 64 - 8*a.size
	switch kind[0] {
	case 'b':
		a.text = func(dst, b []byte) []byte { return strconv.AppendBool(dst, b[0] != 0) }
	case 'u':
		a.text = func(dst, b []byte) []byte { return strconv.AppendUint(dst, word(b), 10) }
	case 'i':
		a.text = func(dst, b []byte) []byte {
			return strconv.AppendInt(dst,
				int64(word(b)<<unused)>>unused, 10)
		}
	case 'f':
		a.text = func(dst, b []byte) []byte {
			switch a.size {
			case 2:
				return appendHalf(dst, uint16(word(b)))
			case 4:
				return appendFloat(dst, float64(math.Float32frombits(uint32(word(b)))), 32)
			}
			return appendFloat(dst, math.Float64frombits(word(b)), 64)
		}
	}
	return nil
}

// setText makes the array one of texts of n characters, padded with zeros: U for UTF-32, S for
// bytes.
func (a *npyArray) setText(kind byte, n int, order binary.ByteOrder) {
	if kind == 'S' {
		a.size = n
		a.text = func(dst, b []byte) []byte {
			b = bytes.TrimSpace(bytes.TrimRight(b, "\x00"))
			return append(dst, bytes.ToValidUTF8(b, []byte("�"))...)
		}
		return
	}
	const character = 4
	a.size = character * n
	a.text = func(dst, b []byte) []byte {
		begin := len(dst)
		for b = bytes.TrimRight(b, "\x00"); len(b) > 0; b = b[min(character, len(b)):] {
			var r [character]byte
			copy(r[:], b)
			dst = utf8.AppendRune(dst, rune(order.Uint32(r[:])))
		}
		return dst[:begin+copy(dst[begin:], bytes.TrimSpace(dst[begin:]))]
	}
}

// appendFloat writes the shortest decimal that gives x again.
func appendFloat(dst []byte, x float64, bits int) []byte {
	return strconv.AppendFloat(dst, x, 'g', -1, bits)
}

func (s *npySource) path() string          { return s.file }
func (s *npySource) header() []string      { return s.names }
func (s *npySource) layout() *layout       { return nil }
func (s *npySource) notes() []string       { return s.said }
func (s *npySource) checksum() uint32      { return s.crc }
func (s *npySource) close() error          { return s.in.close() }
func (s *npySource) about() int            { return min(s.rows, maxAbout) }
func (s *npySource) place(line int) string { return fmt.Sprintf("row %d", line) }

// open starts a pass over all arrays at once.
func (s *npySource) open(r *cellReader) (cursor, error) {
	c := &npyCursor{source: s, cells: r}
	for _, a := range s.arrays {
		f, err := a.open()
		if err != nil {
			return nil, cmp.Or(fmt.Errorf("%s: %w", s.file, cause(err)), c.close())
		}
		c.files = append(c.files, f)
		var elements io.Reader = f
		if a.columns {
			if elements, err = s.transpose(&a, f); err != nil {
				return nil, cmp.Or(fmt.Errorf("%s: %w", s.file, cause(err)), c.close())
			}
		}
		size := min(1<<16, a.rows*a.cols*a.size)
		c.readers = append(c.readers, bufio.NewReaderSize(elements, size))
		c.element = slices.Grow(c.element, a.size)[:max(len(c.element), a.size)]
	}
	return c, nil
}

// transpose keeps the elements of an array, as many as r has, and reads them row by row.
func (s *npySource) transpose(a *npyArray, r io.Reader) (io.Reader, error) {
	size := int64(a.rows) * int64(a.cols) * int64(a.size)
	all := bytes.NewBuffer(make([]byte, 0, min(size, s.in.size)+bytes.MinRead))
	if n, err := all.ReadFrom(io.LimitReader(r, size)); err != nil || n < size {
		return nil, cmp.Or(err, fmt.Errorf("expected %d bytes of elements, found %d", size, n))
	}
	return &transposed{array: a, all: all.Bytes()}, nil
}

// transposed reads an array of columns row by row.
type transposed struct {
	array    *npyArray
	all      []byte
	row, col int
}

// Read reads whole elements.
func (t *transposed) Read(p []byte) (n int, err error) {
	a := t.array
	for ; t.row < a.rows && n+a.size <= len(p); n += a.size {
		at := (t.col*a.rows + t.row) * a.size
		copy(p[n:], t.all[at:at+a.size])
		if t.col++; t.col == a.cols {
			t.row, t.col = t.row+1, 0
		}
	}
	switch {
	case n > 0 || len(p) == 0:
		return n, nil
	case t.row == a.rows:
		return 0, io.EOF
	}
	return 0, io.ErrShortBuffer
}

// npyCursor reads arrays row by row.
type npyCursor struct {
	source  *npySource
	cells   *cellReader
	files   []io.ReadCloser
	readers []*bufio.Reader
	rows    int // read
	element []byte
	texts   []byte // of the batch
	ends    []int  // of every text
}

func (c *npyCursor) next(b *batch) error {
	n := min(c.source.rows-c.rows, batchSize(len(c.source.names)))
	if n == 0 {
		return io.EOF
	}
	b.first, b.lines = c.rows, b.lines[:0]
	c.texts, c.ends = b.texts[:0], c.ends[:0]
	for range n {
		c.rows++
		if err := c.readRow(); err != nil {
			return err
		}
		b.lines = append(b.lines, c.rows)
	}
	b.shape(len(b.lines), len(c.source.names))
	b.texts = c.texts
	begin := 0
	for i, end := range c.ends {
		c.cells.read(&b.cells[i], c.texts[begin:end:end], i%b.width)
		begin = end
	}
	return nil
}

func (c *npyCursor) short() bool { return c.source.rows <= batchRows }

// readRow appends the texts of the next row.
func (c *npyCursor) readRow() error {
	for i := range c.source.arrays {
		a := &c.source.arrays[i]
		for range a.cols {
			if _, err := io.ReadFull(c.readers[i], c.element[:a.size]); err != nil {
				return fmt.Errorf("%s: row %d: expected %d rows, found the end of the data: %w",
					c.source.file, c.rows, c.source.rows, cause(err))
			}
			c.texts = a.text(c.texts, c.element[:a.size])
			c.ends = append(c.ends, len(c.texts))
		}
	}
	return nil
}

func (c *npyCursor) close() error {
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return cmp.Or(errs...)
}
