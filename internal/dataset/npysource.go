package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
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

func (s *npySource) check() error {
	if len(s.arrays) == 0 {
		return fmt.Errorf("%s: expected arrays of numbers, found none", s.file)
	}
	if err := s.in.limits.checkColumns(len(s.names)); err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	return nil
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
	rowTexts
}

func (c *npyCursor) next(b *batch) error {
	n := min(c.source.rows-c.rows, batchSize(len(c.source.names)))
	if n == 0 {
		return io.EOF
	}
	b.first, b.lines = c.rows, b.lines[:0]
	c.begin(b)
	for range n {
		c.rows++
		if err := c.readRow(); err != nil {
			return err
		}
		b.lines = append(b.lines, c.rows)
	}
	c.fill(b, len(c.source.names), c.cells)
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
			c.end()
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
