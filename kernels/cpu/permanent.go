package cpu

import (
	"math"
	"math/bits"

	"github.com/symvi/symvi/internal/assignment"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// minSubset is the smallest N of the vector microkernels, which take 32 sets at a time.
const minSubset = 5

type permanentJob struct {
	d              *Device
	n              int
	c, information []float64
	coefficients   []float32
	logFactorial   float64
}

// Permanent implements kernels.Device.
func (d *Device) Permanent(p kernels.Permanent) {
	p.Check()
	defer d.lock()()
	j := &d.jobs.permanent
	*j = permanentJob{d, p.N, hostSlice(p.C), hostSlice(p.Information), hostSlice(p.Coefficients),
		ref.LogFactorial(p.N)}
	d.pool.run(j, p.Batch)
}

func (j *permanentJob) task(worker, item int) {
	n := j.n
	floats, ints := permanentScratch(n)
	s := &j.d.scratch[worker]
	c := j.c[item*n*n : (item+1)*n*n]
	var a []float32
	if j.coefficients != nil {
		a = j.coefficients[item*n*n : (item+1)*n*n]
	}
	logPerm := j.d.row.logPermanent(a, c, n, grow(&s.f64, floats), grow(&s.i32, ints))
	trace := 0.0
	for i := range n {
		trace += c[i*n+i]
	}
	j.information[item] = trace - logPerm + j.logFactorial
}

// permanentScratch is the number of float64 and int32 values that logPermanent needs.
func permanentScratch(n int) (floats, ints int) {
	f, i := assignment.Scratch(n)
	return 2<<n + 2*n*n + (n+1)*n*ref.SubsetLanes + 2*n + f, i
}

// logPermanent is ref.Permanent on microkernels and in memory that is given.
func (r *row) logPermanent(coefficients []float32, c []float64, n int, floats []float64,
	ints []int32) float64 {
	take := func(k int) []float64 { s := floats[:k:k]; floats = floats[k:]; return s }
	f, b := take(1<<n), take(1<<n)
	a, reversed := take(n*n), take(n*n)
	sums := take((n + 1) * n * ref.SubsetLanes)
	u, v := take(n), take(n)
	if !assignment.Solve(c, u, v, n, floats, ints) {
		for i := range coefficients {
			coefficients[i] = float32(math.NaN())
		}
		return math.Inf(-1)
	}
	scale := 0.0
	for i := range n {
		scale += u[i] + v[i]
		for j := range n {
			a[i*n+j] = ref.Exp64(c[i*n+j] - (u[i] + v[j]))
			reversed[(n-1-i)*n+j] = a[i*n+j]
		}
	}
	r.forward(f, a, sums, n)
	perm := f[1<<n-1]
	if coefficients != nil {
		r.forward(b, reversed, sums, n)
		r.marginals(sums, f, b, n)
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
	return ref.Log64(perm) + scale
}

// forward is ref.SubsetForward; table is scratch.
func (r *row) forward(f, a, table []float64, n int) {
	if n < minSubset {
		ref.SubsetForward(f, a, n)
		return
	}
	subsetTable(table, a, n)
	r.subsetForward(f, a, table, n)
}

// marginals is ref.SubsetMarginals.
func (r *row) marginals(sums, f, b []float64, n int) {
	if n < minSubset {
		ref.SubsetMarginals(sums, f, b, n)
		return
	}
	r.subsetMarginals(sums, f, b, n)
}

// subsetTable lays a out for microkernels of ref.SubsetForward on vectors of the eight sets S =
// 8H … 8H + 7. With h = |H| and l = S mod 8, table[h, j, l] = a[|S|−1, j] for j ≥ 3; rows 2, 1
// and 0 hold the coefficients of the first, second and third of the low columns of S, in
// decreasing order.
func subsetTable(table, a []float64, n int) {
	for h := range n - 2 {
		for l := range ref.SubsetLanes {
			size := h + bits.OnesCount(uint(l))
			if size == 0 {
				continue // the empty set has no columns
			}
			row := a[(size-1)*n : size*n]
			t := table[h*n*ref.SubsetLanes:]
			for j := 3; j < n; j++ {
				t[j*ref.SubsetLanes+l] = row[j]
			}
			to := 2
			for j := 2; j >= 0; j-- {
				if l>>j&1 != 0 {
					t[to*ref.SubsetLanes+l] = row[j]
					to--
				}
			}
		}
	}
}

// subsetTotal adds the lanes of the sums for |S| = i in increasing lane.
func subsetTotal(sums []float64, n, i, j int) float64 {
	total := 0.0
	for l := range ref.SubsetLanes {
		if h := i - bits.OnesCount(uint(l)); h >= 0 {
			total += sums[(h*n+j)*ref.SubsetLanes+l]
		}
	}
	return total
}
