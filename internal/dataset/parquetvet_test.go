package dataset

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// withFooter is a Parquet file with other metadata.
func withFooter(t *testing.T, file []byte, change func(m *format.FileMetaData)) []byte {
	t.Helper()
	meta, err := readParquetFooter(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	change(meta)
	footer, err := thrift.Marshal(&thrift.CompactProtocol{}, meta)
	if err != nil {
		t.Fatal(err)
	}
	old := binary.LittleEndian.Uint32(file[len(file)-8:])
	out := append(bytes.Clone(file[:len(file)-8-int(old)]), footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), parquetMagic...)
}

// first is the description of a file's first column.
func first(m *format.FileMetaData) *format.ColumnMetaData {
	return &m.RowGroups[0].Columns[0].MetaData
}

// TestParquetPromises reads files that declare more than they hold.
func TestParquetPromises(t *testing.T) {
	v := float32(2)
	good := parquetOf(t, []measurement{{1, &v, 3, true, "a"}, {2, nil, 5, false, "b"}, {7, nil, 5,
		true, "a"}}, parquet.DataPageVersion(1))
	for part, change := range map[string]func(m *format.FileMetaData){
		"cannot hold them": func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = 1e12, 1e12
		},
		"values declared where 2 rows are left": func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = 2, 2
		},
		"bytes declared at": func(m *format.FileMetaData) {
			first(m).TotalCompressedSize = 1 << 40
		},
		"outside the column's bytes": func(m *format.FileMetaData) { first(m).DictionaryPageOffset = 90 },
		"snappy, gzip, zstd or brotli, found LZ4_RAW": func(m *format.FileMetaData) {
			first(m).Codec = format.Lz4Raw
		},
		"column \"u\": page": func(m *format.FileMetaData) {
			first(m).Codec = format.Snappy
		},
		"or brotli, found LZO": func(m *format.FileMetaData) {
			first(m).Codec = format.LZO
		},
		"expected single values, found a list or group": func(m *format.FileMetaData) {
			m.Schema[1].NumChildren = thrift.New(int32(1))
		},
		"expected 7 columns as declared": func(m *format.FileMetaData) {
			m.Schema[0].NumChildren = thrift.New(int32(7))
		},
		"row group 1: expected 5 columns, found 4": func(m *format.FileMetaData) {
			m.RowGroups[0].Columns = m.RowGroups[0].Columns[:4]
		},
		"expected a number of rows, found -1": func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = -1, -1
		},
		"expected from 1 to 1048576 columns, found 0": func(m *format.FileMetaData) {
			m.Schema = m.Schema[:1]
		},
	} {
		file := withFooter(t, good, change)
		var err error
		wantAllocated(t, len(file), func() uint64 {
			_, err = readTable(memoryInput(file, "t.parquet"), Options{Target: "k", Fold: -1}, "")
			return 1 << 20
		})
		wantError(t, err, "t.parquet: expected a Parquet file: ", part)
	}
	long := bytes.Clone(good)
	binary.LittleEndian.PutUint32(long[len(long)-8:], 1<<31)
	_, err := readTable(memoryInput(long, "t.parquet"), Options{Target: "k", Fold: -1}, "")
	wantError(t, err, "found a footer that declares 2147483648 bytes")
}

// TestParquetCompressions reads files with pages of every compression.
func TestParquetCompressions(t *testing.T) {
	rows := make([]measurement, 3000)
	for i := range rows {
		rows[i] = measurement{U: wave(i), N: int64(i % 7), Flag: i%5 == 1, K: []string{"a", "b"}[i%3%2]}
	}
	o := Options{Target: "k", Fold: -1}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	want, err := readTable(memoryInput(parquetOf(t, rows), "t.parquet"), o, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, codec := range map[string]parquet.WriterOption{
		"snappy": parquet.Compression(&parquet.Snappy), "gzip": parquet.Compression(&parquet.Gzip),
		"zstd": parquet.Compression(&parquet.Zstd), "brotli": parquet.Compression(&parquet.Brotli),
		"pages of version 1": parquet.DataPageVersion(1),
	} {
		s, err := readTable(memoryInput(parquetOf(t, rows, codec), "t.parquet"), o, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !equalBits(s.Train.X, want.Train.X) {
			t.Errorf("%s: other values than without compression", name)
		}
	}
}

// TestVetRuns adds up runs of values and groups of packed bits.
func TestVetRuns(t *testing.T) {
	run := binary.AppendUvarint(nil, 100<<1)
	packed := binary.AppendUvarint(nil, 2<<1|1)
	for _, c := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"a run", append(run, 1), true},
		{"fewer than declared", append(packed, 0xff, 0xff), false},
		{"thirteen groups of eight bits", append(binary.AppendUvarint(nil, 13<<1|1), make([]byte, 13)...),
			true},
		{"a run of 2³¹ values", append(binary.AppendUvarint(nil, 1<<32), 1), false},
		{"2⁶¹ groups", binary.AppendUvarint(nil, 1<<62|1), false},
		{"many runs", bytes.Repeat(append(run, 1), 13), false},
		{"half a number", []byte{0x80}, false},
	} {
		if err := vetRuns(c.data, 1, 100); (err == nil) != c.ok {
			t.Errorf("%s: got error %v", c.name, err)
		}
	}
	if vetRuns(nil, 33, 1) == nil {
		t.Error("values of 33 bits: got no error")
	}
}
