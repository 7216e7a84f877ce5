package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// numbersFile writes a table of 21 columns of numbers with six decimals, and returns its size.
func numbersFile(b *testing.B, rows int) (path string, size int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "numbers.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range 20 {
		fmt.Fprintf(w, "x%d,", i)
	}
	fmt.Fprintln(w, "y")
	random := rand.New(rand.NewPCG(1, 2))
	for range rows {
		for range 20 {
			fmt.Fprintf(w, "%.6f,", random.NormFloat64())
		}
		fmt.Fprintf(w, "%.6f\n", random.NormFloat64())
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// BenchmarkReadTable reads, understands and standardises a table of numbers.
func BenchmarkReadTable(b *testing.B) {
	path, size := numbersFile(b, 200_000)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadTable(path, Options{Target: "y", Fold: -1}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReader reads new rows.
func BenchmarkReader(b *testing.B) {
	path, size := numbersFile(b, 200_000)
	s, err := ReadTable(path, Options{Target: "y", Fold: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		r, err := Open(path, &s.Schema, ReadOptions{})
		if err != nil {
			b.Fatal(err)
		}
		c := &Chunk{}
		for err == nil {
			err = r.Next(c)
		}
		if !errors.Is(err, io.EOF) || r.Close() != nil {
			b.Fatal(err)
		}
	}
}
