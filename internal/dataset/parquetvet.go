package dataset

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// vetParquet finds out whether a Parquet file holds what its headers promise: the library makes
// room for that before it looks, and unpacks without an end. It reads the footer, the header of
// every page, unpacks each of them within its declared size, and adds up the runs in it.
func vetParquet(r io.ReaderAt, size int64) error {
	meta, err := readParquetFooter(r, size)
	if err != nil {
		return err
	}
	columns, err := flatColumns(meta)
	if err != nil {
		return err
	}
	v := &parquetVet{file: r, size: size, columns: columns}
	defer v.close()
	if err := v.rows(meta); err != nil {
		return err
	}
	for g := range meta.RowGroups {
		group := &meta.RowGroups[g]
		for i := range group.Columns {
			if err := v.chunk(&group.Columns[i].MetaData, i, group.NumRows); err != nil {
				return fmt.Errorf("row group %d, column %q: %w", g+1, clip(columns[i].Name), err)
			}
		}
	}
	return nil
}

// The most values and bytes that a Parquet file may hold: both so many, and for each byte of the
// file as many as deflate, the densest of the usual compressions, can make of it.
const (
	parquetFree    = 1 << 20
	parquetDensity = 1100
)

// oldDictionary is the encoding of dictionaries and what refers to them in older files.
const oldDictionary = format.Encoding(2)

// readParquetFooter decodes the file's metadata.
func readParquetFooter(r io.ReaderAt, size int64) (*format.FileMetaData, error) {
	const ends = len(parquetMagic) + 4 + len(parquetMagic)
	if size < int64(ends) {
		return nil, errors.New("found fewer bytes than a footer has")
	}
	var tail [8]byte
	if _, err := r.ReadAt(tail[:], size-int64(len(tail))); err != nil {
		return nil, cause(err)
	}
	if string(tail[4:]) != parquetMagic {
		return nil, errors.New("found no footer at its end: is it cut off, or encrypted?")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if length > size-int64(ends) {
		return nil, fmt.Errorf("found a footer that declares %d bytes in a file of %d", length, size)
	}
	footer := make([]byte, length)
	if _, err := r.ReadAt(footer, size-int64(len(tail))-length); err != nil {
		return nil, cause(err)
	}
	n, err := thriftLength(footer)
	if err != nil {
		return nil, fmt.Errorf("found a broken footer: %w", err)
	}
	meta := &format.FileMetaData{}
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, footer[:n], meta); err != nil {
		return nil, fmt.Errorf("found a broken footer: %w", err)
	}
	return meta, nil
}

// flatColumns are the columns of a file without lists and groups.
func flatColumns(meta *format.FileMetaData) ([]format.SchemaElement, error) {
	if len(meta.Schema) < 2 || len(meta.Schema)-1 > maxColumns {
		return nil, fmt.Errorf("expected from 1 to %d columns, found %d", maxColumns,
			max(len(meta.Schema)-1, 0))
	}
	columns := meta.Schema[1:]
	for _, c := range columns {
		repeated := c.RepetitionType.Valid && c.RepetitionType.V == format.Repeated
		if c.NumChildren.V != 0 || repeated || !c.Type.Valid {
			return nil, fmt.Errorf("column %q: expected single values, found a list or group", clip(c.Name))
		}
	}
	if meta.Schema[0].NumChildren.V != int32(len(columns)) {
		return nil, fmt.Errorf("expected %d columns as declared, found %d", meta.Schema[0].NumChildren.V,
			len(columns))
	}
	for i, g := range meta.RowGroups {
		if len(g.Columns) != len(columns) {
			return nil, fmt.Errorf("row group %d: expected %d columns, found %d", i+1, len(columns),
				len(g.Columns))
		}
	}
	return columns, nil
}

// parquetVet looks at the pages of a file.
type parquetVet struct {
	file    io.ReaderAt
	size    int64
	columns []format.SchemaElement
	zstd    *zstd.Decoder
	packed  []byte // a page as it is in the file,
	plain   bytes.Buffer
}

// rows bounds the number of values of the whole table, by their declared width.
func (v *parquetVet) rows(meta *format.FileMetaData) error {
	limit := float64(parquetFree + parquetDensity*v.size)
	width := 0.0
	for _, c := range v.columns {
		width += 1
		if c.Type.V == format.FixedLenByteArray {
			width += max(float64(c.TypeLength.V), 0)
		}
	}
	rows := 0.0
	for _, g := range meta.RowGroups {
		if g.NumRows < 0 {
			return fmt.Errorf("expected a number of rows, found %d", g.NumRows)
		}
		rows += float64(g.NumRows)
	}
	if rows*width > limit || float64(meta.NumRows) != rows {
		return fmt.Errorf("found %d rows of %d columns declared in a file of %d bytes, which cannot "+
			"hold them",
			meta.NumRows, len(v.columns), v.size)
	}
	return nil
}

// chunk looks at the pages of a column in a row group.
func (v *parquetVet) chunk(m *format.ColumnMetaData, column int, rows int64) error {
	if rows == 0 && m.NumValues == 0 {
		return nil // without a page
	}
	at := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		at = m.DictionaryPageOffset
	}
	if at < 0 || m.TotalCompressedSize < 0 || at > v.size || m.TotalCompressedSize > v.size-at {
		return fmt.Errorf("found %d bytes declared at %d of a file of %d", m.TotalCompressedSize, at,
			v.size)
	}
	if m.DataPageOffset < at || m.DataPageOffset > at+m.TotalCompressedSize {
		return fmt.Errorf("found its pages declared at %d, outside the column's bytes from %d",
			m.DataPageOffset, at)
	}
	for end := at + m.TotalCompressedSize; at < end; {
		header, length, err := v.pageHeader(at, end)
		if err != nil {
			return err
		}
		body := at + int64(length)
		if err := v.page(header, m.Codec, column, body, end, &rows); err != nil {
			return fmt.Errorf("page at %d: %w", at, err)
		}
		at = body + int64(header.CompressedPageSize)
	}
	return nil
}

// pageHeader decodes the header at the given place and returns its length.
func (v *parquetVet) pageHeader(at, end int64) (*format.PageHeader, int, error) {
	for window := int64(256); ; window *= 4 {
		window = min(window, end-at)
		v.packed = append(v.packed[:0], make([]byte, window)...)
		if _, err := v.file.ReadAt(v.packed, at); err != nil {
			return nil, 0, fmt.Errorf("page header at %d: %w", at, cause(err))
		}
		n, err := thriftLength(v.packed)
		if errors.Is(err, io.ErrUnexpectedEOF) && window < end-at {
			continue
		}
		h := &format.PageHeader{}
		if err == nil {
			err = thrift.Unmarshal(&thrift.CompactProtocol{}, v.packed[:n], h)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("page header at %d: %w", at, err)
		}
		return h, n, nil
	}
}

// page looks at one page, whose bytes begin at body; rows are those that are left in the group.
func (v *parquetVet) page(h *format.PageHeader, codec format.CompressionCodec, column int, body,
	end int64, rows *int64) error {
	if n := int64(h.CompressedPageSize); n < 0 || n > end-body {
		return fmt.Errorf("found %d bytes declared where there are %d", n, end-body)
	}
	if n := int64(h.UncompressedPageSize); n < 0 ||
		n > parquetFree+parquetDensity*int64(h.CompressedPageSize) {
		return fmt.Errorf("found %d bytes declared to be packed in %d", n, h.CompressedPageSize)
	}
	v.packed = append(v.packed[:0], make([]byte, h.CompressedPageSize)...)
	if _, err := v.file.ReadAt(v.packed, body); err != nil {
		return cause(err)
	}
	switch {
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		return v.dataPage(h, codec, column, rows)
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		return v.dataPageV2(h, codec, column, rows)
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		return v.dictionary(h, codec, column)
	}
	return fmt.Errorf("expected a page of data, found type %d", h.Type)
}

// take counts the values of a page.
func take(n int32, rows *int64) error {
	if n < 0 || int64(n) > *rows {
		return fmt.Errorf("found %d values declared where %d rows are left", n, *rows)
	}
	*rows -= int64(n)
	return nil
}

// dataPage looks at a page whose levels and values are packed together.
func (v *parquetVet) dataPage(h *format.PageHeader, codec format.CompressionCodec, column int,
	rows *int64) error {
	d := &h.DataPageHeader.V
	if err := take(d.NumValues, rows); err != nil {
		return err
	}
	data, err := v.unpack(v.packed, codec, h.UncompressedPageSize)
	if err != nil {
		return err
	}
	values := d.NumValues
	if v.optional(column) {
		levels, rest, err := lengthPrefixed(data)
		if err != nil {
			return err
		}
		if d.DefinitionLevelEncoding != format.RLE {
			return fmt.Errorf("expected levels as runs, found the encoding %s", d.DefinitionLevelEncoding)
		}
		if values, err = present(levels, d.NumValues); err != nil {
			return err
		}
		data = rest
	}
	return v.values(data, d.Encoding, column, values)
}

// dataPageV2 looks at a page whose levels stand unpacked before the values.
func (v *parquetVet) dataPageV2(h *format.PageHeader, codec format.CompressionCodec, column int,
	rows *int64) error {
	d := &h.DataPageHeaderV2.V
	if err := take(d.NumValues, rows); err != nil {
		return err
	}
	repeats, levels := int64(d.RepetitionLevelsByteLength), int64(d.DefinitionLevelsByteLength)
	if repeats < 0 || levels < 0 || repeats+levels > int64(len(v.packed)) || d.NumNulls < 0 ||
		d.NumNulls > d.NumValues {
		return fmt.Errorf("found levels of %d bytes declared in a page of %d", repeats+levels,
			len(v.packed))
	}
	values := d.NumValues
	if v.optional(column) {
		var err error
		if values, err = present(v.packed[repeats:repeats+levels], d.NumValues); err != nil {
			return err
		}
	}
	if values != d.NumValues-d.NumNulls {
		return fmt.Errorf("found %d values where %d are declared", values, d.NumValues-d.NumNulls)
	}
	data := v.packed[repeats+levels:]
	if !d.IsCompressed.Valid || d.IsCompressed.V {
		var err error
		if data, err = v.unpack(data, codec, h.UncompressedPageSize); err != nil {
			return err
		}
	}
	return v.values(data, d.Encoding, column, values)
}

// dictionary looks at a page of distinct values.
func (v *parquetVet) dictionary(h *format.PageHeader, codec format.CompressionCodec,
	column int) error {
	data, err := v.unpack(v.packed, codec, h.UncompressedPageSize)
	if err != nil {
		return err
	}
	d := &h.DictionaryPageHeader.V
	if err := v.plainValues(data, column, d.NumValues); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if d.Encoding != format.Plain && d.Encoding != oldDictionary {
		return fmt.Errorf("expected a plain dictionary, found the encoding %s", d.Encoding)
	}
	return nil
}

func (v *parquetVet) optional(column int) bool {
	t := v.columns[column].RepetitionType
	return t.Valid && t.V == format.Optional
}

// values looks at n values in the given encoding.
func (v *parquetVet) values(data []byte, encoding format.Encoding, column int, n int32) error {
	switch encoding {
	case format.RLEDictionary, oldDictionary:
		if len(data) == 0 {
			return vetRuns(nil, 0, n)
		}
		return vetRuns(data[1:], data[0], n)
	case format.RLE:
		if v.columns[column].Type.V != format.Boolean {
			return errors.New("expected runs of booleans only, found some of another type")
		}
		runs, _, err := lengthPrefixed(data)
		return cmp.Or(err, vetRuns(runs, 1, n))
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		return vetDeltas(data, n)
	case format.Plain, format.ByteStreamSplit:
		return v.plainValues(data, column, n)
	}
	return fmt.Errorf("expected a plain, dictionary, run-length or delta encoding, found %s; write "+
		"the file with another", encoding)
}

// plainValues looks for n values as they are.
func (v *parquetVet) plainValues(data []byte, column int, n int32) error {
	c := &v.columns[column]
	if c.Type.V == format.ByteArray {
		for range n {
			_, rest, err := lengthPrefixed(data)
			if err != nil {
				return fmt.Errorf("found fewer than the %d texts declared", n)
			}
			data = rest
		}
		return nil
	}
	bits := map[format.Type]int64{format.Boolean: 1, format.Int32: 32, format.Float: 32,
		format.Int64: 64, format.Double: 64,
		format.Int96: 96, format.FixedLenByteArray: 8 * int64(c.TypeLength.V)}[c.Type.V]
	if n < 0 || bits < 1 || int64(n)*bits > 8*int64(len(data)) {
		return fmt.Errorf("found %d values of %d bits declared in %d bytes", n, bits, len(data))
	}
	return nil
}

// lengthPrefixed cuts data behind four bytes that say how many follow.
func lengthPrefixed(data []byte) (prefix, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n, data := binary.LittleEndian.Uint32(data), data[4:]
	if uint64(n) > uint64(len(data)) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return data[:n], data[n:], nil
}

// present counts the ones among levels of one bit, of which there are values.
func present(levels []byte, values int32) (ones int32, err error) {
	left := uint64(values)
	err = eachRun(levels, 1, values, func(count uint64, packed bool, data []byte) {
		count = min(count, left)
		left -= count
		switch {
		case !packed && len(data) > 0 && data[0] == 1:
			ones += int32(count)
		case packed:
			for i := range min(count, 8*uint64(len(data))) {
				ones += int32(data[i/8] >> (i % 8) & 1)
			}
		}
	})
	return ones, err
}

// vetRuns checks that there are as many values as declared in the hybrid of run lengths and packed
// bits.
func vetRuns(data []byte, bits byte, values int32) error {
	return eachRun(data, bits, values, func(uint64, bool, []byte) {})
}

// eachRun calls f with the runs of one value, and the groups of eight packed ones, of values of so
// many bits. They must be as many as the values, and not many more: the last may be padding.
func eachRun(data []byte, bits byte, values int32, f func(count uint64, packed bool,
	data []byte)) error {
	limit, sum := 2*uint64(values)+1024, uint64(0)
	if bits > 32 {
		return fmt.Errorf("expected values of at most 32 bits, found %d", bits)
	}
	for len(data) > 0 {
		head, n := binary.Uvarint(data)
		if n <= 0 {
			return io.ErrUnexpectedEOF
		}
		data = data[n:]
		count, packed, width := head>>1, head&1 != 0, (uint64(bits)+7)/8
		if count > limit {
			return fmt.Errorf("found more than the %d values declared", values)
		}
		if packed {
			count, width = 8*count, count*uint64(bits)
		}
		if sum += count; sum > limit {
			return fmt.Errorf("found more than the %d values declared", values)
		}
		at := min(width, uint64(len(data)))
		f(count, packed, data[:at])
		data = data[at:]
	}
	if sum < uint64(values) {
		return fmt.Errorf("found %d values of the %d declared", sum, values)
	}
	return nil
}

// vetDeltas looks at the number of values that differences are declared for.
func vetDeltas(data []byte, values int32) error {
	if len(data) == 0 && values == 0 {
		return nil
	}
	for range 2 { // the sizes of the blocks
		_, n := binary.Uvarint(data)
		if n <= 0 {
			return io.ErrUnexpectedEOF
		}
		data = data[n:]
	}
	count, n := binary.Uvarint(data)
	if n <= 0 {
		return io.ErrUnexpectedEOF
	}
	if count != uint64(values) {
		return fmt.Errorf("found %d differences for %d values", count, values)
	}
	return nil
}

// unpack undoes a page's compression, which must not give more than declared.
func (v *parquetVet) unpack(packed []byte, codec format.CompressionCodec, size int32) ([]byte,
	error) {
	switch codec {
	case format.Uncompressed:
		return packed, nil
	case format.Snappy:
		if n, err := snappy.DecodedLen(packed); err != nil || n > int(size) {
			return nil, fmt.Errorf("expected %d bytes of snappy, found %d or damage", size, n)
		}
		return snappy.Decode(nil, packed)
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fmt.Errorf("expected gzip: %w", err)
		}
		return v.readPlain(z, size)
	case format.Brotli:
		return v.readPlain(brotli.NewReader(bytes.NewReader(packed)), size)
	case format.Zstd:
		return v.unpackZstd(packed, size)
	}
	// The library loses what LZ4_RAW gives, and never ends where that is damaged.
	return nil, fmt.Errorf("expected pages packed with snappy, gzip, zstd or brotli, found %s; "+
		"write the file with one of those", codec)
}

func (v *parquetVet) unpackZstd(packed []byte, size int32) ([]byte, error) {
	var err error
	if v.zstd == nil {
		v.zstd, err = zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(zstdWindow(v.size)))
	} else {
		err = v.zstd.Reset(bytes.NewReader(packed))
	}
	if err != nil {
		return nil, fmt.Errorf("expected zstd: %w", err)
	}
	return v.readPlain(v.zstd, size)
}

// readPlain reads at most size bytes, and the end.
func (v *parquetVet) readPlain(r io.Reader, size int32) ([]byte, error) {
	v.plain.Reset()
	n, err := v.plain.ReadFrom(io.LimitReader(r, int64(size)+1))
	if err != nil {
		return nil, cause(err)
	}
	if n > int64(size) {
		return nil, fmt.Errorf("found more than the %d bytes declared", size)
	}
	return v.plain.Bytes(), nil
}

func (v *parquetVet) close() {
	if v.zstd != nil {
		v.zstd.Close()
	}
}
