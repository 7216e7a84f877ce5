package ref

import (
	"math"
	"math/bits"
)

// MaxPermanent is the largest n of the subset dynamic programme (2²² sets).
const MaxPermanent = 22

// SubsetLanes is the number of virtual lanes of the sums over subsets: set S in lane S mod 8.
const SubsetLanes = 8

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
func Permanent(coefficients []float32, c []float64, n int) float64 {
	u, v, found := Assignment(c, n)
	if !found {
		for i := range coefficients {
			coefficients[i] = float32(math.NaN())
		}
		return math.Inf(-1)
	}
	scale := 0.0
	a, reversed := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		scale += u[i] + v[i]
		for j := range n {
			a[i*n+j] = Exp64(c[i*n+j] - (u[i] + v[j]))
			reversed[(n-1-i)*n+j] = a[i*n+j]
		}
	}
	f, b := make([]float64, 1<<n), make([]float64, 1<<n)
	SubsetForward(f, a, n)
	perm := f[1<<n-1]
	if coefficients != nil {
		SubsetForward(b, reversed, n)
		sums := make([]float64, (n+1)*n*SubsetLanes)
		SubsetMarginals(sums, f, b, n)
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

// SubsetForward fills f[S] = Σ_{j∈S} a[|S|−1, j]·f[S∖j] for every set S of the n
// columns: an FMA chain from 0 with j decreasing (so that a vector of eight
// consecutive sets can do its high columns together and its own last).
func SubsetForward(f, a []float64, n int) {
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

// SubsetMarginals fills sums[h, j, l] = Σ f[S]·b[all∖(S∪j)] over the sets S with
// S mod 8 = l whose other bits number h, and j ∉ S: FMA chains in increasing S.
func SubsetMarginals(sums, f, b []float64, n int) {
	clear(sums)
	all := uint(1)<<n - 1
	for s := range all {
		lane := s % SubsetLanes
		base := bits.OnesCount(s/SubsetLanes) * n
		for rest := all ^ s; rest != 0; rest &= rest - 1 {
			j := bits.TrailingZeros(rest)
			t := &sums[(base+j)*SubsetLanes+int(lane)]
			*t = math.FMA(f[s], b[all^s^1<<j], *t)
		}
	}
}

// subsetTotal adds the lanes of the sums for |S| = i in increasing lane.
func subsetTotal(sums []float64, n, i, j int) float64 {
	total := 0.0
	for l := range SubsetLanes {
		if h := i - bits.OnesCount(uint(l)); h >= 0 {
			total += sums[(h*n+j)*SubsetLanes+l]
		}
	}
	return total
}
