package avx512

// ConditionalSquaresOfTwo is ConditionalSquares of two rows of mu and invSigma, with two rows of
// sums.
//
//go:noescape
func ConditionalSquaresOfTwo(sums, w []float32, columns []int32, mu, invSigma []float32)

// ExpectedMomentsOfTwo is ExpectedMoments of two rows of p, with two rows of mean and second.
//
//go:noescape
func ExpectedMomentsOfTwo(mean, second, x, p []float64)

// ExpectedSquaresOfTwo is ExpectedSquares of two rows of mu and precision, with two rows of totals.
//
//go:noescape
func ExpectedSquaresOfTwo(total, mean, variance, mu, precision []float64)

// SweepTwo is SweepRow of two rows of a, the second one first; r[0] and r[1] are what it returns of
// the first and the second.
//
//go:noescape
func SweepTwo(mass, r, a, cols []float64)
