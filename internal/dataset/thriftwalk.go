package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// thriftWalker passes over a value in Thrift's compact protocol, in which Parquet writes its
// headers. A decoder makes room for what a list or a string says it holds; the walker finds out
// first whether that much is there.
type thriftWalker struct {
	text []byte
	at   int
}

// maxThriftDepth is more than Parquet's headers are nested.
const maxThriftDepth = 32

// The types of the compact protocol.
const (
	thriftStop   = iota
	thriftTrue   // in a field; in a list a byte of its own
	thriftFalse  //
	thriftByte   //
	thriftInt16  // integers are variable in length
	thriftInt32  //
	thriftInt64  //
	thriftDouble //
	thriftBinary // a length, and as many bytes
	thriftList   //
	thriftSet    //
	thriftMap    //
	thriftStruct //
)

// thriftLength returns how many bytes the structure at the beginning of text takes;
// io.ErrUnexpectedEOF where it has no end there.
func thriftLength(text []byte) (int, error) {
	w := &thriftWalker{text: text}
	err := w.structure(0)
	return w.at, err
}

func (w *thriftWalker) structure(depth int) error {
	for {
		b, err := w.byte()
		if err != nil || b&0x0f == thriftStop {
			return err
		}
		if b>>4 == 0 { // the field's number is not given as a difference
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if kind := b & 0x0f; kind != thriftTrue && kind != thriftFalse {
			if err := w.value(kind, depth); err != nil {
				return err
			}
		}
	}
}

// value passes over a value that is no boolean field.
func (w *thriftWalker) value(kind byte, depth int) error {
	if depth > maxThriftDepth {
		return errors.New("expected a header, found one nested too deeply")
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return w.skip(1)
	case thriftInt16, thriftInt32, thriftInt64:
		_, err := w.varint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth)
	case thriftMap:
		return w.pairs(depth)
	case thriftStruct:
		return w.structure(depth + 1)
	}
	return fmt.Errorf("expected a header, found a value of the unknown type %d", kind)
}

func (w *thriftWalker) list(depth int) error {
	b, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(b >> 4)
	if n == 0x0f {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.text)-w.at) { // an element takes a byte at least
		return io.ErrUnexpectedEOF
	}
	for range n {
		if err := w.value(b&0x0f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *thriftWalker) pairs(depth int) error {
	n, err := w.varint()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := w.byte()
	if err != nil {
		return err
	}
	if n > uint64(len(w.text)-w.at) {
		return io.ErrUnexpectedEOF
	}
	for range n {
		for _, kind := range []byte{kinds >> 4, kinds & 0x0f} {
			if err := w.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *thriftWalker) byte() (byte, error) {
	if w.at >= len(w.text) {
		return 0, io.ErrUnexpectedEOF
	}
	w.at++
	return w.text[w.at-1], nil
}

func (w *thriftWalker) varint() (uint64, error) {
	v, n := binary.Uvarint(w.text[w.at:])
	switch {
	case n == 0:
		return 0, io.ErrUnexpectedEOF
	case n < 0:
		return 0, errors.New("expected a header, found an integer of more than 64 bits")
	}
	w.at += n
	return v, nil
}

func (w *thriftWalker) skip(n uint64) error {
	if n > uint64(len(w.text)-w.at) {
		return io.ErrUnexpectedEOF
	}
	w.at += int(n)
	return nil
}
