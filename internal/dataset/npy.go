package dataset

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"codeberg.org/sbinet/npyio/npy"

	"github.com/symvi/symvi/internal/magic"
)

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
	if _, err := io.ReadFull(r, start); err != nil || string(start[:6]) != magic.NumPyMark {
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

// describe finds out the shape and type of an array.
func (a *npyArray) describe(h *npy.Header) error {
	shape := h.Descr.Shape
	if len(shape) > 0 {
		a.rows = shape[0]
	}
	if len(shape) == 0 || len(shape) > 2 && h.Descr.Fortran {
		return fmt.Errorf("expected a vector, a matrix or, in C order, more, found shape %v", shape)
	}
	a.cols, a.columns = 1, h.Descr.Fortran && len(shape) == 2
	for _, n := range shape[1:] { // of images the pixels, row by row
		if a.cols *= max(n, 0); a.cols > maxColumns {
			break
		}
	}
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
