package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
)

// encodeIDX writes an IDX file with the given header, whatever data follows it.
func encodeIDX(kind idxKind, dims []int, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(kind))
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, uint32(d))
	}
	return append(out, data...)
}

// gzipped compresses data.
func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// writeFile writes a file into a new folder and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantError fails unless err is one line that holds every part.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one with %q", parts)
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("error %q has more than one line", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

// bitsOf are the bytes of a float32.
func bitsOf(x float32) string {
	return string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
}

// roundTrip is the schema as a checkpoint gives it back.
func (s *Schema) roundTrip() (*Schema, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return ParseSchema(text)
}

// equalBits compares float32 slices bit for bit.
func equalBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y)
	})
}

// wantAllocated fails unless f, which reads size bytes of input, allocates at most as many bytes as
// it returns, freed or not; small ones, up to a span of each size, may be missing. What other
// goroutines of the process allocate meanwhile (a fuzzing worker has some) counts too, so f, which
// itself allocates the same each time, runs up to five times while the figure is above the limit.
func wantAllocated(t *testing.T, size int, f func() (limit uint64)) {
	t.Helper()
	least, limit := uint64(math.MaxUint64), uint64(0)
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	for try := 0; try < 5 && least > limit; try++ {
		metrics.Read(sample)
		before := sample[0].Value.Uint64()
		limit = f()
		metrics.Read(sample)
		least = min(least, sample[0].Value.Uint64()-before)
	}
	if least > limit {
		t.Fatalf("%d bytes of input made the reader allocate %d, expected at most %d", size, least,
			limit)
	}
}

// checkTable fails unless t has the shapes and value ranges that Table and Schema promise.
func checkTable(t *testing.T, s Schema, table *Table) {
	t.Helper()
	if table.N < 1 || table.Inputs != s.Inputs ||
		len(table.X)+len(table.Bytes) != table.N*table.Inputs {
		t.Fatalf("N=%d Inputs=%d (schema %d) len(X)=%d len(Bytes)=%d", table.N, table.Inputs, s.Inputs,
			len(table.X), len(table.Bytes))
	}
	for _, v := range slices.Concat(table.X, table.Y) {
		if d := v - v; d != 0 {
			t.Fatalf("value %v is not finite", v)
		}
	}
	if s.Task == Regress {
		if table.Labels != nil || len(table.Y) != table.N*s.Outputs || s.ClassNames != nil {
			t.Fatalf("regression: Labels=%v len(Y)=%d N=%d Outputs=%d ClassNames=%v", table.Labels,
				len(table.Y), table.N, s.Outputs, s.ClassNames)
		}
		return
	}
	if table.Y != nil || len(table.Labels) != table.N || s.Outputs < 2 ||
		len(s.ClassNames) != s.Outputs {
		t.Fatalf("classification: Y=%v len(Labels)=%d N=%d Outputs=%d ClassNames=%v", table.Y,
			len(table.Labels), table.N, s.Outputs, s.ClassNames)
	}
	for _, l := range table.Labels {
		if l < 0 || int(l) >= s.Outputs {
			t.Fatalf("label %d outside [0, %d)", l, s.Outputs)
		}
	}
}

// writeIn writes a file into a folder, which it makes.
func writeIn(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name),
		[]byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}
