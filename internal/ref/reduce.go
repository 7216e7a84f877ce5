package ref

// Lanes is the number of virtual lanes of every reduction over a contiguous
// range: element i belongs to lane i mod Lanes, each lane is a chain in
// increasing i, and the lanes are combined by one fixed tree 16→8→4→2→1.
// AVX-512 holds the lanes in one register, AVX2 in two, NEON in four.
const Lanes = 16

// Chunk is the number of elements of one link of a long reduction. Threads
// split a reduction between chunks, so that the result never depends on how
// many threads there are; the chunks' sums are added in order.
const Chunk = 4096

// tree32 combines sixteen float32 lanes: lane l and lane l+8, then 4, 2 and 1.
func tree32(acc *[Lanes]float32) float32 {
	for half := Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			acc[l] += acc[l+half]
		}
	}
	return acc[0]
}

// tree64 combines sixteen float64 lanes like tree32.
func tree64(acc *[Lanes]float64) float64 {
	for half := Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			acc[l] += acc[l+half]
		}
	}
	return acc[0]
}

// Sum returns Σ x[i] over at most one chunk, in float64 lanes.
func Sum(x []float32) float64 {
	var acc [Lanes]float64
	for i, v := range x {
		acc[i%Lanes] += float64(v)
	}
	return tree64(&acc)
}

// SumLog returns Σ log x[i] over at most one chunk: float32 logarithms, float64 lanes.
func SumLog(x []float32) float64 {
	var acc [Lanes]float64
	for i, v := range x {
		acc[i%Lanes] += float64(Log(v))
	}
	return tree64(&acc)
}

// Chunked returns the sum over chunks of f(lo, hi), added in order from zero.
func Chunked(n int, f func(lo, hi int) float64) float64 {
	total := 0.0
	for lo := 0; lo < n; lo += Chunk {
		total += f(lo, min(lo+Chunk, n))
	}
	return total
}
