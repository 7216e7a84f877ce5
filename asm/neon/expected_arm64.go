package neon

// ExpectedMoments computes, for n = len(mean) a multiple of 16 and x of rows of n elements,
//
//	for i := range mean {
//		mean[i], second[i] = 0, 0
//		for j, q := range p {
//			y := float64(q * x[j*n+i])
//			mean[i] += y
//			second[i] += float64(y * x[j*n+i])
//		}
//	}
//
//go:noescape
func ExpectedMoments(mean, second, x, p []float64)

// ExpectedSquares computes, for n = len(total) a multiple of 16 and mean and variance of rows
// of n elements,
//
//	for i := range total {
//		total[i] = 0
//		for k, m := range mu {
//			z := mean[k*n+i] - m
//			total[i] += float64((float64(z*z) + variance[k*n+i]) * precision[k])
//		}
//	}
//
//go:noescape
func ExpectedSquares(total, mean, variance, mu, precision []float64)
