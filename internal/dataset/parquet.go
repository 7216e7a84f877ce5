package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// parquetSource is a table in a Parquet file of flat columns.
type parquetSource struct {
	in    *input
	file  *parquet.File
	names []string
	texts []func(dst []byte, v parquet.Value) []byte // of a column's values
	crc   uint32
}

const parquetMagic = "PAR1"

// newParquetSource reads the file's schema. The library panics at some damaged files.
func newParquetSource(in *input) (s source, err error) {
	defer recoverDamage(in.path, &err)
	reader, size, err := in.randomAccess()
	if err != nil {
		return nil, err
	}
	if err := vetParquet(reader, size); err != nil {
		return nil, fmt.Errorf("%s: expected a Parquet file: %w", in.path, err)
	}
	file, err := parquet.OpenFile(reader, size, parquet.SkipPageIndex(true),
		parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%s: expected a Parquet file: %w", in.path, err)
	}
	p := &parquetSource{in: in, file: file}
	if p.crc, err = in.checksum(); err != nil {
		return nil, err
	}
	for i, c := range file.Root().Columns() {
		if !c.Leaf() || c.Repeated() {
			return nil, fmt.Errorf("%s: column %q: expected single values, found a list or group", in.path,
				clip(c.Name()))
		}
		name := strings.ToValidUTF8(c.Name(), "�") // as a checkpoint keeps it
		p.names = append(p.names, name)
		p.texts = append(p.texts, parquetText(c.Type(), &file.Metadata().Schema[1+i])) // flat
	}
	distinctNames(p.names)
	if err := in.limits.checkColumns(len(p.names)); err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	return p, nil
}

// recoverDamage makes an error of a panic.
func recoverDamage(path string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: expected a Parquet file, found a damaged one (%v)", path, p)
	}
}

// parquetText says how the values of a type are written: numbers as in a text file, times as dates.
func parquetText(t parquet.Type, declared *format.SchemaElement) func(dst []byte,
	v parquet.Value) []byte {
	if _, half := declared.LogicalType.Value.(*format.Float16Type); half && t.Length() == 2 {
		return func(dst []byte, v parquet.Value) []byte {
			return appendHalf(dst, binary.LittleEndian.Uint16(v.ByteArray()))
		}
	}
	logical := t.LogicalType()
	if logical == nil {
		return appendValue
	}
	switch l := logical.Value.(type) {
	case *format.DecimalType:
		return func(dst []byte, v parquet.Value) []byte { return appendDecimal(dst, v, int(l.Scale)) }
	case *format.DateType:
		return func(dst []byte, v parquet.Value) []byte {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
		}
	case *format.TimestampType:
		unit := time.Microsecond
		if l.Unit.Value != nil {
			unit = l.Unit.Value.Duration()
		}
		return func(dst []byte, v parquet.Value) []byte {
			return time.Unix(v.Int64()/int64(time.Second/unit), 0).UTC().AppendFormat(dst, time.DateTime)
		}
	case *format.IntType:
		if !l.IsSigned {
			return appendUnsigned
		}
	}
	return appendValue
}

func appendUnsigned(dst []byte, v parquet.Value) []byte {
	if v.Kind() == parquet.Int32 {
		return strconv.AppendUint(dst, uint64(v.Uint32()), 10)
	}
	return strconv.AppendUint(dst, v.Uint64(), 10)
}

// appendValue writes a value by its physical type.
func appendValue(dst []byte, v parquet.Value) []byte {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean())
	case parquet.Int32:
		return strconv.AppendInt(dst, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case parquet.Int96:
		return appendInt96(dst, v.Int96())
	case parquet.Float:
		return appendFloat(dst, float64(v.Float()), 32)
	case parquet.Double:
		return appendFloat(dst, v.Double(), 64)
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return append(dst, strings.TrimSpace(string(v.ByteArray()))...)
	}
	return append(dst, v.String()...)
}

// appendInt96 writes a time as older programs keep it: nanoseconds of a Julian day.
func appendInt96(dst []byte, v deprecated.Int96) []byte {
	const epoch = 2440588 // the Julian day of 1970-01-01
	seconds := (int64(int32(v[2]))-epoch)*86400 + v.Int64()/int64(time.Second)
	return time.Unix(seconds, 0).UTC().AppendFormat(dst, time.DateTime)
}

// appendDecimal writes an integer times 10^−scale.
func appendDecimal(dst []byte, v parquet.Value, scale int) []byte {
	var n big.Int
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // two's complement, the most significant byte first
		raw := v.ByteArray()
		n.SetBytes(raw)
		if len(raw) > 0 && raw[0] >= 0x80 {
			n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
	}
	return strconv.AppendInt(append(n.Append(dst, 10), 'e'), int64(-scale), 10)
}

func (s *parquetSource) path() string          { return s.in.path }
func (s *parquetSource) header() []string      { return s.names }
func (s *parquetSource) layout() *layout       { return nil }
func (s *parquetSource) notes() []string       { return nil }
func (s *parquetSource) checksum() uint32      { return s.crc }
func (s *parquetSource) close() error          { return s.in.close() }
func (s *parquetSource) about() int            { return min(int(s.file.NumRows()), maxAbout) }
func (s *parquetSource) place(line int) string { return fmt.Sprintf("row %d", line) }

func (s *parquetSource) open(r *cellReader) (cursor, error) {
	return &parquetCursor{source: s, cells: r, groups: s.file.RowGroups(),
		buffer: make([]parquet.Row, max(min(s.file.NumRows(), batchRows), 1))}, nil
}

// parquetCursor reads row groups one after the other.
type parquetCursor struct {
	source *parquetSource
	cells  *cellReader
	groups []parquet.RowGroup
	rows   parquet.Rows // of the group at hand; nil between groups
	left   int          // how many of them there are, as declared
	buffer []parquet.Row
	count  int // rows read
	rowTexts
}

func (c *parquetCursor) next(b *batch) (err error) {
	defer recoverDamage(c.source.in.path, &err)
	b.first, b.lines = c.count, b.lines[:0]
	c.begin(b)
	size := batchSize(len(c.source.names))
	for len(b.lines) < size {
		n, err := c.read(c.buffer[:min(len(c.buffer), size-len(b.lines))])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: row %d: expected a Parquet file, found a damaged one: %w",
				c.source.in.path, c.count+1, err)
		}
		for _, row := range c.buffer[:n] {
			c.count++
			b.lines = append(b.lines, c.count)
			if err := c.addRow(row); err != nil {
				return err
			}
		}
	}
	if len(b.lines) == 0 {
		return io.EOF
	}
	c.fill(b, len(c.source.names), c.cells)
	return nil
}

// read fills rows from the group at hand or the next one; io.EOF behind the last.
func (c *parquetCursor) read(rows []parquet.Row) (int, error) {
	for {
		if c.rows == nil {
			if len(c.groups) == 0 {
				return 0, io.EOF
			}
			c.left, c.rows, c.groups = int(c.groups[0].NumRows()), c.groups[0].Rows(), c.groups[1:]
		}
		// The library looks for every row that it is asked for in every column, to the end of the file.
		n, err := c.rows.ReadRows(rows[:max(min(len(rows), c.left), 1)])
		c.left -= n
		if n > 0 && (err == nil || errors.Is(err, io.EOF)) {
			return n, nil
		}
		if err == nil {
			return 0, io.ErrNoProgress
		}
		if !errors.Is(err, io.EOF) {
			return 0, err
		}
		err = c.rows.Close()
		if c.rows = nil; err != nil {
			return 0, err
		}
	}
}

func (c *parquetCursor) short() bool { return c.source.file.NumRows() <= batchRows }

// addRow appends the texts of a row.
func (c *parquetCursor) addRow(row parquet.Row) error {
	if len(row) != len(c.source.names) {
		return fmt.Errorf("%s: row %d: expected %d values, found %d", c.source.in.path, c.count,
			len(c.source.names), len(row))
	}
	for i, v := range row {
		if !v.IsNull() {
			c.texts = c.source.texts[i](c.texts, v)
		}
		c.end()
	}
	return nil
}

func (c *parquetCursor) close() error {
	if c.rows == nil {
		return nil
	}
	return c.rows.Close()
}
