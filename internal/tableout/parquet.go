package tableout

import (
	"io"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// parquetWriter writes a Parquet file: numbers as DOUBLE, texts as strings, and arrays as
// repeated values, all of them required. A row group ends where it has mostGroup values.
type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	columns []Column
	row     parquet.Row
	values  int // in the row group
}

// mostGroup bounds what is held until it is written.
const mostGroup = 1 << 20

func newParquet(w io.Writer, columns []Column) *parquetWriter {
	fields := make([]parquet.Field, len(columns))
	for i, c := range columns {
		node := parquet.Leaf(parquet.DoubleType)
		if c.Text {
			node = parquet.String()
		}
		if c.Width > 0 {
			node = parquet.Repeated(node)
		}
		fields[i] = column{node, c.Name}
	}
	root := inOrder{parquet.Group{}, fields}
	return &parquetWriter{columns: columns, w: parquet.NewGenericWriter[any](w,
		parquet.NewSchema("predictions", root), parquet.Compression(&zstd.Codec{}))}
}

// inOrder is a group whose fields keep their order, where the library would sort them by name.
type inOrder struct {
	parquet.Group
	fields []parquet.Field
}

func (g inOrder) Fields() []parquet.Field { return slices.Clone(g.fields) }

// column is a field of it.
type column struct {
	parquet.Node
	name string
}

func (c column) Name() string { return c.name }

// Value is for Go values with fields, which rows are not made of.
func (c column) Value(base reflect.Value) reflect.Value { return base }

func (p *parquetWriter) Write(rows int, values []Values) error {
	for i := range rows {
		p.row = p.row[:0]
		for j, c := range p.columns {
			p.appendColumn(j, c, values[j], i)
		}
		if _, err := p.w.WriteRows([]parquet.Row{p.row}); err != nil {
			return err
		}
		if p.values += len(p.row); p.values >= mostGroup {
			p.values = 0
			if err := p.w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendColumn appends the values of row i of column j.
func (p *parquetWriter) appendColumn(j int, c Column, values Values, i int) {
	for k := range c.size() {
		var v parquet.Value
		if c.Text {
			v = parquet.ByteArrayValue([]byte(values.Texts[i*c.size()+k]))
		} else {
			v = parquet.DoubleValue(values.Floats[i*c.size()+k])
		}
		repetition, definition := 0, 0
		if c.Width > 0 {
			repetition, definition = min(k, 1), 1
		}
		p.row = append(p.row, v.Level(repetition, definition, j))
	}
}

func (p *parquetWriter) Close() error { return p.w.Close() }
