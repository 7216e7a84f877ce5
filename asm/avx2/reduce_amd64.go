package avx2

// Sum returns Σ float64(x[i]): sixteen chains, of the elements with the same i mod 16, and a tree.
//
//go:noescape
func Sum(x []float32) float64

// SumLog returns Σ float64(log(x[i])) like Sum.
//
//go:noescape
func SumLog(x []float32) float64
