package avx512

// SubsetForward computes, with a and its copy table as in kernels/cpu.subsetTable and n ≥ 5,
//
//	f[0] = 1
//	for s := 1; s < 1<<n; s++ {
//		f[s] = 0
//		for j in s, decreasing {
//			f[s] = fma(a[(|s|-1)*n+j], f[s^1<<j], f[s])
//		}
//	}
//
//go:noescape
func SubsetForward(f, a, table []float64, n int)

// SubsetMarginals computes, for n ≥ 3 and (n+1)·n·8 sums,
//
//	clear(sums)
//	for s := range 1<<n {
//		for j not in s {
//			t := &sums[(|s/8|*n+j)*8+s%8]
//			*t = fma(f[s], b[(1<<n-1)^s^1<<j], *t)
//		}
//	}
//
//go:noescape
func SubsetMarginals(sums, f, b []float64, n int)
