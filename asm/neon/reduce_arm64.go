package neon

// Sum returns Σ x[i]: for i, v := range x { acc[i%16] += float64(v) }; tree(acc).
//
//go:noescape
func Sum(x []float32) float64

// SumLog returns Σ log x[i]: for i, v := range x { acc[i%16] += float64(ref.Log(v)) }; tree(acc).
//
//go:noescape
func SumLog(x []float32) float64
