package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/symvi/symvi/internal/files"
)

// Stdin is the path that stands for the standard input.
const Stdin = "-"

// input is a file, or the standard input, whose decompressed contents can be read several times.
type input struct {
	path     string // as it was named
	limits   Limits // filled
	open     func() (io.ReadCloser, error)
	close    func() error
	size     int64  // in bytes, as open gives them
	head     []byte // of the decompressed contents, up to sampleSize; nil until it is read
	whole    bool   // head is all of them
	packed   int64  // what of size became head
	declared uint64 // size of the contents, as a header says; 0 if none does
}

// maxInMemory is how much of the standard input is kept in memory; more goes to a temporary file.
const maxInMemory = 4 << 20

// openInput prepares path for reading.
func openInput(path string) (*input, error) {
	if path == Stdin {
		return spool(os.Stdin, "standard input", maxBytes)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	if info.IsDir() {
		if root := uciRoot(path); root != "" {
			return openInput(filepath.Join(root, uciData))
		}
		return nil, fmt.Errorf("%s: expected a file, found a directory", path)
	}
	if !info.Mode().IsRegular() { // a pipe can be read only once
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, cause(err))
		}
		defer f.Close()
		return spool(f, path, maxBytes)
	}
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	return &input{path: path, limits: DefaultLimits(), open: open, size: info.Size(),
		close: func() error { return nil }}, nil
}

// spool keeps what r has, at most so many bytes, so that it can be read again.
func spool(r io.Reader, path string, most uint64) (*input, error) {
	start, err := io.ReadAll(io.LimitReader(r, maxInMemory))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	if len(start) < maxInMemory {
		return memoryInput(start, path), nil
	}
	if bytes.IndexByte(start, 0) >= 0 && !bytes.ContainsAny(start, "\r\n") { // as /dev/zero has
		return nil, fmt.Errorf("%s: expected lines of text, found %d bytes with NUL and without an end "+
			"of a line", path, len(start))
	}
	f, remove, err := files.Temporary()
	if err != nil {
		return nil, fmt.Errorf("%s: no room for a copy of it: %w", path, err)
	}
	size, err := io.Copy(f, &limitedReader{
		Reader: io.MultiReader(bytes.NewReader(start), r), most: most})
	if err != nil {
		return nil, cmp.Or(fmt.Errorf("%s: copying it: %w", path, cause(err)), remove())
	}
	open := func() (io.ReadCloser, error) { return kept{io.NewSectionReader(f, 0, size)}, nil }
	return &input{path: path, limits: DefaultLimits(), open: open, size: size, close: remove}, nil
}

// kept is a reader of a copy, which stays open.
type kept struct{ sizedReader }

// sizedReader is what the readers of memory and of parts of files have in common.
type sizedReader interface {
	io.Reader
	io.ReaderAt
	Size() int64
}

func (kept) Close() error { return nil }

// memoryInput is an input of the given contents.
func memoryInput(contents []byte, path string) *input {
	open := func() (io.ReadCloser, error) { return kept{bytes.NewReader(contents)}, nil }
	return &input{path: path, limits: DefaultLimits(), open: open, size: int64(len(contents)),
		close: func() error { return nil }}
}

// randomAccess opens the contents of a format that is read from several places: a file as it is, or
// all of it in memory.
func (in *input) randomAccess() (io.ReaderAt, int64, error) {
	f, err := in.open()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", in.path, cause(err))
	}
	file, ok := f.(*os.File)
	if !ok {
		copied := f.(kept)
		return copied, copied.Size(), nil
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, cmp.Or(fmt.Errorf("%s: %w", in.path, cause(err)), file.Close())
	}
	before := in.close
	in.close = func() error { return cmp.Or(file.Close(), before()) }
	return file, info.Size(), nil
}

// readHead reads the beginning of the decompressed contents. Where that is all of them, no later
// pass opens the input again.
func (in *input) readHead() error {
	c, err := in.openContents()
	if err != nil {
		return err
	}
	defer c.Close()
	head := bytes.NewBuffer(make([]byte, 0, min(in.size, sampleSize)+bytes.MinRead))
	if _, err := head.ReadFrom(io.LimitReader(c, sampleSize)); err != nil {
		return fmt.Errorf("%s: %w", in.path, cause(err))
	}
	in.head, in.whole = head.Bytes(), head.Len() < sampleSize
	in.packed, in.declared = c.packed(), c.declared
	return nil
}

// growth is how many times as much as the head the contents are, about.
func (in *input) growth() float64 {
	if in.declared > 0 {
		return float64(in.declared) / float64(max(len(in.head), 1))
	}
	return max(float64(in.size)/float64(max(in.packed, 1)), 1)
}

// extension is the path's, without that of a compression, in lower case.
func (in *input) extension() string {
	path := strings.ToLower(in.path)
	for _, packed := range []string{".gz", ".zst"} {
		path = strings.TrimSuffix(path, packed)
	}
	return filepath.Ext(path)
}

// contents is one pass over the decompressed contents of an input.
type contents struct {
	io.Reader
	closers  []func() error
	crc      hash.Hash32
	declared uint64                      // size, 0 if unknown
	raw      *countingReader             // before decompression
	ahead    interface{ Buffered() int } // what has read some of it, and not used it yet
}

// packed is how much before decompression has been used.
func (c *contents) packed() int64 {
	if c.raw == nil {
		return 0
	}
	return c.raw.n - int64(c.ahead.Buffered())
}

// countingReader counts what is read.
type countingReader struct {
	io.Reader
	n int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	return n, err
}

// openContents starts a pass. The checksum counts what is read of it, decompressed.
func (in *input) openContents() (*contents, error) {
	c := &contents{crc: crc32.New(castagnoli)}
	if in.whole {
		c.Reader = io.TeeReader(bytes.NewReader(in.head), c.crc)
		return c, nil
	}
	f, err := in.open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, cause(err))
	}
	c.closers = append(c.closers, f.Close)
	plain, err := c.decompress(f, in.size)
	if err != nil {
		return nil, cmp.Or(fmt.Errorf("%s: %w", in.path, err), c.Close())
	}
	c.Reader = io.TeeReader(&limitedReader{Reader: plain, most: maxBytes}, c.crc)
	return c, nil
}

// castagnoli is the table of the checksums.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// decompress undoes the compression that the first bytes of r show, which has size bytes.
func (c *contents) decompress(r io.Reader, size int64) (io.Reader, error) {
	const magic = 16 // enough for a zstd header with a size
	c.raw = &countingReader{Reader: r}
	buffered := bufio.NewReaderSize(c.raw, magic) // what reads plain text has a buffer of its own
	c.ahead = buffered
	start, err := buffered.Peek(magic)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, cause(err)
	}
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		large := bufio.NewReaderSize(buffered, int(min(size, 1<<16)))
		c.ahead = large
		z, err := gzip.NewReader(large)
		if err != nil {
			return nil, fmt.Errorf("expected a gzip header, found a broken one: %w", err)
		}
		c.closers = append(c.closers, z.Close)
		return gzipReader{z}, nil
	case isZstd(start):
		var header zstd.Header
		if header.Decode(start) == nil && header.HasFCS {
			c.declared = header.FrameContentSize
		}
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(zstdWindow(size)))
		if err != nil {
			return nil, fmt.Errorf("expected a zstd header, found a broken one: %w", err)
		}
		c.closers = append(c.closers, func() error { z.Close(); return nil })
		return z, nil
	}
	return buffered, nil
}

// isZstd reports whether a file begins with a frame of zstd, or with one that is to be skipped.
func isZstd(start []byte) bool {
	return bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(start) > 3 && start[0]&0xf0 == 0x50 && bytes.HasPrefix(start[1:], []byte{0x2a, 0x4d, 0x18})
}

// gzipReader says what is wrong where gzip data end too early, or others are behind them.
type gzipReader struct{ *gzip.Reader }

func (r gzipReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("expected more gzip data, found the end: is the file cut off, or something " +
			"else behind them?")
	case errors.Is(err, gzip.ErrHeader):
		err = errors.New("expected the end behind the gzip data, found something else")
	}
	return n, err
}

// zstdWindow bounds what a zstd frame of size bytes may declare as its window, which the decoder
// makes room for: what every decoder must have (RFC 8878), more as far as a window could be filled,
// and at most 256 MiB.
func zstdWindow(size int64) uint64 {
	return uint64(min(max(parquetDensity*min(size, 1<<20), 8<<20), 256<<20))
}

// Close ends the pass.
func (c *contents) Close() error {
	var errs []error
	for _, f := range c.closers {
		errs = append(errs, f())
	}
	return cmp.Or(errs...)
}

// limitedReader fails, where io.LimitReader ends, after the given number of bytes.
type limitedReader struct {
	io.Reader
	most uint64
	n    uint64 // what was read
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.n += uint64(n); l.n > l.most {
		return 0, fmt.Errorf("expected at most %d bytes of data, found more", l.most)
	}
	return n, err
}

// Checksum is CRC-32C of the decompressed contents of a file, as in Split.Checksums.
func Checksum(path string) (uint32, error) {
	in, err := openInput(path)
	if err != nil {
		return 0, err
	}
	sum, err := in.checksum()
	return sum, cmp.Or(err, in.close())
}

// checksum reads all contents.
func (in *input) checksum() (uint32, error) {
	c, err := in.openContents()
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, c)
	return c.crc.Sum32(), cmp.Or(err, c.Close())
}
