package tableout

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/memory"
)

// npzWriter keeps every column in a temporary file until Close knows how many rows there are,
// which an array's header says first; it then holds one column at a time in memory. A
// column of arrays becomes a matrix.
type npzWriter struct {
	w       io.Writer
	columns []Column
	spools  []*spool
	rows    int
}

func newNPZ(w io.Writer, columns []Column) *npzWriter {
	return &npzWriter{w: w, columns: columns, spools: make([]*spool, len(columns))}
}

// Write implements Writer.
func (n *npzWriter) Write(rows int, values []Values) error {
	for i, v := range values {
		if n.spools[i] == nil {
			var err error
			if n.spools[i], err = newSpool(); err != nil {
				return n.fail(err)
			}
		}
		if err := n.spools[i].add(v); err != nil {
			return n.fail(err)
		}
	}
	n.rows += rows
	return nil
}

// Close implements Writer.
func (n *npzWriter) Close() error {
	if n.rows == 0 {
		return n.writeEmpty()
	}
	z := npz.NewWriter(n.w)
	for i, c := range n.columns {
		if err := admit(c, n.rows); err != nil {
			return n.fail(err)
		}
		array, err := n.spools[i].read(c, n.rows)
		if err == nil {
			err = z.Write(c.Name+".npy", array)
		}
		if err != nil {
			return n.fail(err)
		}
	}
	n.remove()
	return z.Close()
}

// writeEmpty writes arrays of no rows, which npyio does not.
func (n *npzWriter) writeEmpty() error {
	z := zip.NewWriter(n.w)
	for _, c := range n.columns {
		kind, shape := "<f8", "(0,)"
		if c.Text {
			kind = "<U1"
		}
		if c.Width > 0 {
			shape = fmt.Sprintf("(0, %d)", c.Width)
		}
		f, err := z.Create(c.Name + ".npy")
		if err != nil {
			return err
		}
		if _, err := f.Write(emptyNPY(kind, shape)); err != nil {
			return err
		}
	}
	return z.Close()
}

// emptyNPY is an array without elements: the header of version 1.0, which ends at a multiple of 64.
func emptyNPY(kind, shape string) []byte {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", kind, shape)
	const before = 10 // magic string, version and the length of the rest
	text += strings.Repeat(" ", 63-(before+len(text))%64) + "\n"
	header := append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8))
	return append(header, text...)
}

// admit refuses a column that does not fit into memory as the library takes it.
func admit(c Column, rows int) error {
	const copies = 3 // the values, their matrix and their bytes
	need, has := 8*copies*float64(rows)*float64(c.size()), memory.Available()
	if need <= float64(has.Bytes) {
		return nil
	}
	return fmt.Errorf("column %s of an NPZ file needs about %s of memory, but %s is %s; %s and "+
		"%s need less",
		c.Name, memory.Format(need), has.By, memory.Format(float64(has.Bytes)), CSV, JSONL)
}

func (n *npzWriter) fail(err error) error {
	n.remove()
	return err
}

func (n *npzWriter) remove() {
	for _, s := range n.spools {
		if s != nil {
			s.remove()
		}
	}
	clear(n.spools)
}

// spool holds the values of a column in a temporary file.
type spool struct {
	file    *os.File
	discard func() error
	w       *bufio.Writer
}

func newSpool() (*spool, error) {
	file, remove, err := files.Temporary()
	if err != nil {
		return nil, fmt.Errorf("cannot make a temporary file: %w", err)
	}
	return &spool{file, remove, bufio.NewWriterSize(file, 1<<16)}, nil
}

func (s *spool) add(v Values) error {
	var word [8]byte
	for _, f := range v.Floats {
		binary.LittleEndian.PutUint64(word[:], math.Float64bits(f))
		if _, err := s.w.Write(word[:]); err != nil {
			return err
		}
	}
	for _, text := range v.Texts {
		binary.LittleEndian.PutUint64(word[:], uint64(len(text)))
		if _, err := s.w.Write(word[:]); err != nil {
			return err
		}
		if _, err := s.w.WriteString(text); err != nil {
			return err
		}
	}
	return nil
}

// read returns the column as package npz takes it.
func (s *spool) read(c Column, rows int) (any, error) {
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(s.file, 1<<16)
	if c.Text {
		return readTexts(r, rows*c.size())
	}
	floats := make([]float64, rows*c.size())
	var word [8]byte
	for i := range floats {
		if _, err := io.ReadFull(r, word[:]); err != nil {
			return nil, err
		}
		floats[i] = math.Float64frombits(binary.LittleEndian.Uint64(word[:]))
	}
	if c.Width > 0 {
		return mat.NewDense(rows, c.Width, floats), nil
	}
	return floats, nil
}

func readTexts(r io.Reader, n int) ([]string, error) {
	texts := make([]string, n)
	var word [8]byte
	for i := range texts {
		if _, err := io.ReadFull(r, word[:]); err != nil {
			return nil, err
		}
		text := make([]byte, binary.LittleEndian.Uint64(word[:]))
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, err
		}
		texts[i] = string(text)
	}
	return texts, nil
}

func (s *spool) remove() { s.discard() }
