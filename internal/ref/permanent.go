package ref

import (
	"math"
	"math/bits"
)

// MaxPermanent is the largest n of the subset dynamic programme (2²² sets).
const MaxPermanent = 22

// subsetLanes is the number of virtual lanes of the sums over subsets: set S in lane S mod 8.
const subsetLanes = 8

// PermanentScratch is the number of float64 and int32 values Permanent needs.
func PermanentScratch(n int) (floats, ints int) {
	f, i := AssignmentScratch(n)
	return 2<<n + 2*n*n + (n+1)*n*subsetLanes + 2*n + f, i
}

// Permanent returns log perm(e^c) of the n×n matrix c and, when coefficients is
// not nil, writes P − I for P_ij, the probability that row i is matched to
// column j under the density e^{c}/perm(e^c) over permutations.
//
// The rows and columns are scaled by the best assignment's potentials, then
//
//	f[∅] = 1,  f[S] = Σ_{j∈S} A[|S|−1, j]·f[S∖j]   (|S| rows matched to the columns S)
//	P_ij = A_ij Σ_{|S|=i, j∉S} f[S]·b[S∪j] / f[all]
//
// where b is f for the rows in reverse order and the complementary set. Every
// term is positive, so the relative error stays near machine precision.
// It returns −∞ (and P − I = NaN) when every permutation has weight 0.
func Permanent(coefficients []float32, c []float64, n int, floats []float64, ints []int32) float64 {
	return PermanentBy(SubsetForward, SubsetMarginals, coefficients, c, n, floats, ints)
}

// PermanentBy is Permanent around other implementations of its two inner loops.
func PermanentBy(forward, marginals SubsetLoop, coefficients []float32, c []float64, n int, floats []float64, ints []int32) float64 {
	take := func(k int) []float64 { s := floats[:k:k]; floats = floats[k:]; return s }
	f, b := take(1<<n), take(1<<n)
	a, reversed := take(n*n), take(n*n)
	sums := take((n + 1) * n * subsetLanes)
	u, v := take(n), take(n)
	if !Assignment(c, u, v, n, floats, ints) {
		for i := range coefficients {
			coefficients[i] = float32(math.NaN())
		}
		return math.Inf(-1)
	}
	scale := 0.0
	for i := range n {
		scale += u[i] + v[i]
		for j := range n {
			a[i*n+j] = Exp64(c[i*n+j] - (u[i] + v[j]))
			reversed[(n-1-i)*n+j] = a[i*n+j]
		}
	}
	SubsetTable(sums, a, n)
	forward(f, a, sums, n)
	perm := f[1<<n-1]
	if coefficients != nil {
		SubsetTable(sums, reversed, n)
		forward(b, reversed, sums, n)
		marginals(sums, f, b, n)
		for i := range n {
			for j := range n {
				p := float64(a[i*n+j]*subsetTotal(sums, n, i, j)) / perm
				if i == j {
					p--
				}
				coefficients[i*n+j] = float32(p)
			}
		}
	}
	return Log64(perm) + scale
}

// SubsetLoop is the type of SubsetForward and SubsetMarginals.
type SubsetLoop func(x, y, z []float64, n int)

// SubsetForward fills f[S] = Σ_{j∈S} a[|S|−1, j]·f[S∖j] for every set S of the n
// columns: an FMA chain from 0 with j decreasing (so that a vector of eight
// consecutive sets can do its high columns together and its own last). It does
// not use the table, which holds the same coefficients for such vectors.
func SubsetForward(f, a, table []float64, n int) {
	f[0] = 1
	for s := 1; s < 1<<n; s++ {
		row := a[(bits.OnesCount(uint(s))-1)*n:]
		sum := 0.0
		for rest := uint(s); rest != 0; {
			j := bits.Len(rest) - 1
			rest ^= 1 << j
			sum = math.FMA(row[j], f[s^1<<j], sum)
		}
		f[s] = sum
	}
}

// SubsetTable lays a out for SubsetForward on vectors of the eight sets S = 8H … 8H + 7.
// With h = |H| and l = S mod 8, table[h, j, l] = a[|S|−1, j] for j ≥ 3; rows 2, 1 and 0 hold
// the coefficients of the first, second and third of the low columns of S, in decreasing order.
func SubsetTable(table, a []float64, n int) {
	for h := range n - 2 {
		for l := range subsetLanes {
			size := h + bits.OnesCount(uint(l))
			if size == 0 {
				continue // the empty set has no columns
			}
			row := a[(size-1)*n : size*n]
			t := table[h*n*subsetLanes:]
			for j := 3; j < n; j++ {
				t[j*subsetLanes+l] = row[j]
			}
			to := 2
			for j := 2; j >= 0; j-- {
				if l>>j&1 != 0 {
					t[to*subsetLanes+l] = row[j]
					to--
				}
			}
		}
	}
}

// SubsetMarginals fills sums[h, j, l] = Σ f[S]·b[all∖(S∪j)] over the sets S with
// S mod 8 = l whose other bits number h, and j ∉ S: FMA chains in increasing S.
func SubsetMarginals(sums, f, b []float64, n int) {
	clear(sums)
	all := uint(1)<<n - 1
	for s := range all {
		lane := s % subsetLanes
		base := bits.OnesCount(s/subsetLanes) * n
		for rest := all ^ s; rest != 0; rest &= rest - 1 {
			j := bits.TrailingZeros(rest)
			t := &sums[(base+j)*subsetLanes+int(lane)]
			*t = math.FMA(f[s], b[all^s^1<<j], *t)
		}
	}
}

// subsetTotal adds the lanes of the sums for |S| = i in increasing lane.
func subsetTotal(sums []float64, n, i, j int) float64 {
	total := 0.0
	for l := range subsetLanes {
		if h := i - bits.OnesCount(uint(l)); h >= 0 {
			total += sums[(h*n+j)*subsetLanes+l]
		}
	}
	return total
}
