// Package mutation damages files, for tests of what reads them: a fuzzer without a fuzzer's
// bookkeeping, in the process of the test, that repeats itself.
package mutation

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Number is how many mutations a test tries: few, or as many as SYMVI_MUTATIONS says.
func Number(t testing.TB, few int) int {
	t.Helper()
	s := os.Getenv("SYMVI_MUTATIONS")
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("SYMVI_MUTATIONS: %v", err)
	}
	return n
}

// Try calls check with n mutated copies of the files in corpus, which are the same for the same n;
// words are texts that the format knows. A panic fails the test with the file that made it, and so
// does a call that takes a minute.
func Try(t *testing.T, n int, corpus, words []string, check func(t *testing.T, file []byte)) {
	t.Helper()
	m := mutator{rand.New(rand.NewPCG(uint64(n), uint64(len(corpus)))), corpus, words}
	var file []byte
	var i int
	late := time.AfterFunc(time.Minute, func() {
		panic(fmt.Sprintf("mutation %d: endless: %q", i,
			file))
	})
	defer late.Stop()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("mutation %d: %v\n%q\n%s", i, p, file, debug.Stack())
		}
		if t.Failed() {
			t.Logf("mutation %d: %q", i, file)
		}
	}()
	start := time.Now()
	for i = range n {
		file = append(file[:0], corpus[m.random.IntN(len(corpus))]...)
		for range 1 + m.random.IntN(4) {
			file = m.mutate(file)
		}
		late.Reset(time.Minute)
		check(t, file)
	}
	t.Logf("%d executions, %.0f a second", n, float64(n)/time.Since(start).Seconds())
}

// mutator makes damaged copies.
type mutator struct {
	random        *rand.Rand
	corpus, words []string
}

// mutate changes a file in one way.
func (m *mutator) mutate(file []byte) []byte {
	at := m.random.IntN(len(file) + 1)
	end := min(len(file), at+1+m.random.IntN(1+m.random.IntN(64)))
	switch m.random.IntN(12) {
	case 0, 1: // a byte inserted
		return slices.Insert(file, at, m.letter())
	case 2, 3: // some removed
		return slices.Delete(file, at, end)
	case 4: // some repeated
		return slices.Insert(file, at, bytes.Clone(file[at:end])...)
	case 5: // cut off
		if m.random.IntN(4) > 0 {
			return file[:at]
		}
	case 6: // a part of another file
		other := m.corpus[m.random.IntN(len(m.corpus))]
		from := m.random.IntN(len(other) + 1)
		to := min(len(other), from+m.random.IntN(64))
		return slices.Insert(file, at, []byte(other[from:to])...)
	case 7, 8: // a word
		if len(m.words) > 0 {
			word := m.words[m.random.IntN(len(m.words))]
			return slices.Insert(file, at, []byte(word)...)
		}
	case 9: // a number, as headers hold them
		var number [8]byte
		binary.LittleEndian.PutUint64(number[:], 1<<m.random.IntN(64)-uint64(m.random.IntN(2)))
		if m.random.IntN(2) == 0 {
			slices.Reverse(number[:])
		}
		copy(file[at:], number[:1<<m.random.IntN(4)])
		return file
	case 10: // a bit
		if at < len(file) {
			file[at] ^= 1 << m.random.IntN(8)
			return file
		}
	}
	if at == len(file) {
		return append(file, m.letter())
	}
	file[at] = m.letter()
	return file
}

// letter is any byte, or one of a file.
func (m *mutator) letter() byte {
	if other := m.corpus[m.random.IntN(len(m.corpus))]; m.random.IntN(2) == 0 && len(other) > 0 {
		return other[m.random.IntN(len(other))]
	}
	return byte(m.random.Uint32())
}
