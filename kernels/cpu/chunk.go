package cpu

import "github.com/symvi/symvi/internal/ref"

// chunks is the number of tasks of an elementwise operation on n elements.
// The size of a chunk is fixed, a multiple of the 64-element groups of the
// random numbers, and part of the specification of reductions.
func chunks(n int) int { return (n + ref.Chunk - 1) / ref.Chunk }

// chunk is the range of task i.
func chunk(i, n int) (lo, hi int) { return i * ref.Chunk, min((i+1)*ref.Chunk, n) }
