package ref

import "slices"

// Sinkhorn returns the n×n matrix exp(c − u − v) after the sweeps of a Proposal, its rows
// normalised last: nearly doubly stochastic, an estimate of the probabilities
// that row i is matched to column j.
func Sinkhorn(c []float64, n int) []float64 {
	return slices.Concat(balance(c, n, ProposalSweeps)...)
}

// ExpectedRows adds to c what the weights w (rows×cols) between two hidden layers are
// expected to contribute to the pair log-densities of the layer of their rows, when
// the columns are matched with probabilities p (cols×cols):
//
//	c[a, i] −= ½ Σ_b (E(w[i,·])_b − μ[a,b])²/σ²[a,b] + Var(w[i,·])_b/σ²[a,b]
//	E(x)_b = Σ_j p[b,j]·x_j
//
// It costs rows·cols·(rows + cols) operations; scratch holds 2·cols values.
func ExpectedRows(c, p []float64, w, mu, invSigma []float32, rows, cols int, scratch []float64) {
	mean, variance := scratch[:cols], scratch[cols:2*cols]
	for i := range rows {
		row := w[i*cols : (i+1)*cols]
		for b := range cols {
			m, s := 0.0, 0.0
			for j, x := range row {
				y := float64(p[b*cols+j] * float64(x))
				m += y
				s += float64(y * float64(x))
			}
			mean[b], variance[b] = m, max(s-float64(m*m), 0)
		}
		for a := range rows {
			c[a*rows+i] -= float64(0.5 * expectedSquares(mean, variance, mu[a*cols:(a+1)*cols],
				invSigma[a*cols:(a+1)*cols], 1))
		}
	}
}

// ExpectedCols is ExpectedRows for the layer of the columns, whose c is cols×cols, when
// the rows are matched with probabilities p (rows×rows). scratch holds 2·rows values.
func ExpectedCols(c, p []float64, w, mu, invSigma []float32, rows, cols int, scratch []float64) {
	mean, variance := scratch[:rows], scratch[rows:2*rows]
	for i := range cols {
		for a := range rows {
			m, s := 0.0, 0.0
			for j := range rows {
				x := float64(w[j*cols+i])
				y := float64(p[a*rows+j] * x)
				m += y
				s += float64(y * x)
			}
			mean[a], variance[a] = m, max(s-float64(m*m), 0)
		}
		for b := range cols {
			c[b*cols+i] -= float64(0.5 * expectedSquares(mean, variance, mu[b:], invSigma[b:], cols))
		}
	}
}

// expectedSquares is Σ_k ((mean_k − μ_k)² + variance_k)/σ_k², with μ and 1/σ a stride apart.
func expectedSquares(mean, variance []float64, mu, invSigma []float32, stride int) float64 {
	total := 0.0
	for k, m := range mean {
		inv := float64(invSigma[k*stride])
		z := m - float64(mu[k*stride])
		total += float64(float64(float64(z*z)+variance[k]) * float64(inv*inv))
	}
	return total
}

// ExpectedMoments are the sums over j of ExpectedRows and ExpectedCols for n neurons side by
// side: mean[i] = Σ_j y, second[i] = Σ_j y·x, y = p[j]·x[j·n + i].
func ExpectedMoments(mean, second, x, p []float64) {
	n := len(mean)
	clear(mean)
	clear(second)
	for j, q := range p {
		for i, x := range x[j*n : (j+1)*n] {
			y := float64(q * x)
			mean[i] += y
			second[i] += float64(y * x)
		}
	}
}

// ExpectedSquares are the sums over k of expectedSquares for n neurons side by side, whose means
// and variances are columns; precision is 1/σ².
func ExpectedSquares(total, mean, variance, mu, precision []float64) {
	n := len(total)
	clear(total)
	for k, m := range mu {
		means, variances, w := mean[k*n:(k+1)*n], variance[k*n:(k+1)*n], precision[k]
		for i, x := range means {
			z := x - m
			total[i] += float64((float64(z*z) + variances[i]) * w)
		}
	}
}
