package dataset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"

	"github.com/symvi/symvi/internal/magic"
)

// source is a table as text, whatever its format, that can be read several times.
type source interface {
	path() string
	// header holds the names of the columns as written, or "" for all of them: then they are
	// named by number, from 1.
	header() []string
	// open starts a pass over the records.
	open(r *cellReader) (cursor, error)
	// about is an estimate of the number of records, for which room is made.
	about() int
	// layout says how a text was understood; nil for other formats.
	layout() *layout
	// notes say what was found out about the file, a line each.
	notes() []string
	// place names a record by the line that its batch gives: "line 12" or "row 12".
	place(line int) string
	// checksum is CRC-32C of the decompressed contents, known after a whole pass.
	checksum() uint32
	close() error
}

// maxAbout is the most records that room is made for because a header declares them.
const maxAbout = 1 << 16

// cursor is a pass over a source.
type cursor interface {
	// next fills b with the following records; io.EOF after the last. What b holds is valid
	// until the following call.
	next(b *batch) error
	// short reports whether there is so little that reading ahead does not pay.
	short() bool
	close() error
}

// hints are what is known of a file before it is read.
type hints struct {
	names []string // that its header should have, nil if none are known
	also  []string // that it may have, and then in the same line
	like  Format   // of another file, which decides what is unclear
	known bool     // names and also are those of a training, whose rows the new ones are like
	keep  []string // names of further columns that are wanted
}

// openSource finds out the format of in, which it closes if there is an error.
func openSource(in *input, f Format, hint hints) (source, error) {
	s, err := newSource(in, f, hint)
	if err != nil {
		return nil, cmp.Or(err, in.close())
	}
	return s, nil
}

// headBytes are those of a file by which other formats are known.
const headBytes = 1 << 12

// newSource looks at the first bytes, not at the name: what begins with no other format's mark is
// text.
func newSource(in *input, f Format, hint hints) (source, error) {
	if err := in.readHead(); err != nil {
		return nil, err
	}
	start := in.head[:min(len(in.head), headBytes)]
	archive := magic.Archive(start)
	switch {
	case bytes.HasPrefix(start, []byte(magic.NumPyMark)):
		return newNPYSource(in)
	case bytes.HasPrefix(start, []byte(parquetMagic)):
		return newParquetSource(in)
	case archive == magic.NumPyZip, archive != "" && in.extension() == ".npz":
		return newNPZSource(in, hint)
	}
	if other := cmp.Or(archive, magic.Binary(start)); other != "" {
		return nil, refuseFormat(in.path, other)
	}
	return newTextSource(in, f, hint)
}

// splitCursor is a cursor whose work can be done for several batches at once.
type splitCursor interface {
	cursor
	cut(b *batch) error   // one after the other, and then
	split(b *batch) error // in any order
}

// scan calls f with every batch of a pass over s, in order, while others are read ahead.
func scan(s source, r *cellReader, f func(*batch) error) (err error) {
	c, err := s.open(r)
	if err != nil {
		return err
	}
	if c.short() {
		return scanShort(s, c, f)
	}
	ahead := readAhead(c)
	defer func() { err = cmp.Or(err, ahead.close()) }()
	for {
		b, err := ahead.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.layout().admit(b)
		}
		if err == nil {
			err = f(b)
		}
		if err != nil {
			return err
		}
		ahead.free <- b
	}
}

// scanShort is scan's pass with c, all in this goroutine and the memory of one batch.
func scanShort(s source, c cursor, f func(*batch) error) (err error) {
	defer func() { err = cmp.Or(err, c.close()) }()
	for b := (&batch{}); ; {
		if err := c.next(b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.layout().admit(b); err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
	}
}

// aheadReader reads a cursor in goroutines of its own: one cuts batches off, and others split them.
type aheadReader struct {
	cursor cursor
	free   chan *batch // to be filled
	full   chan filled // in their order; closed behind an error
}

// filled is a batch, and what says that it is ready, or why it will not be.
type filled struct {
	batch *batch
	done  chan error
}

func readAhead(c cursor) *aheadReader {
	n := runtime.GOMAXPROCS(0) + 2
	a := &aheadReader{cursor: c, free: make(chan *batch, n), full: make(chan filled, n)}
	for range n {
		a.free <- &batch{}
	}
	go a.run()
	return a
}

func (a *aheadReader) run() {
	defer close(a.full)
	splitting, ok := a.cursor.(splitCursor)
	for b := range a.free {
		f := filled{b, make(chan error, 1)}
		var err error
		if !ok {
			err = a.cursor.next(b)
		} else if err = splitting.cut(b); err == nil {
			go func() { f.done <- splitting.split(b) }()
			a.full <- f
			continue
		}
		f.done <- err
		a.full <- f
		if err != nil {
			return
		}
	}
}

// next returns the next batch, which goes to free when it is done with, or io.EOF.
func (a *aheadReader) next() (*batch, error) {
	f, ok := <-a.full
	if !ok {
		return nil, io.EOF
	}
	return f.batch, <-f.done
}

// close waits for the goroutines.
func (a *aheadReader) close() error {
	close(a.free)
	for f := range a.full { // until run has returned
		<-f.done
	}
	return a.cursor.close()
}

// columnNames are the names by which the columns of s go: as in the header, else by number. One
// without a name beside others with names is "column 3".
func columnNames(s source) []string {
	named := slices.ContainsFunc(s.header(), func(name string) bool { return name != "" })
	names := make([]string, len(s.header()))
	for i, name := range s.header() {
		names[i] = name
		if name != "" {
			continue
		}
		if names[i] = strconv.Itoa(i + 1); named {
			names[i] = numberedName(i + 1)
		}
	}
	return names
}

// numberedName is the name of a column that has none beside others with names.
func numberedName(number int) string { return "column " + strconv.Itoa(number) }

// at adds the place of a value to err.
func at(s source, line int, column string, err error) error {
	return fmt.Errorf("%s: %s, column %q: %w", s.path(), s.place(line), clip(column), err)
}
