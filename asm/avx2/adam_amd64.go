package avx2

// Adam computes, for every i < len(g):
//
//	m[i] = fma(beta1, m[i], c1*g[i])
//	v[i] = fma(beta2, v[i], c2*(g[i]*g[i]))
//	x[i] = fma(-lr, (m[i]*correct1)/(sqrt(v[i]*correct2)+epsilon), x[i])
//
//go:noescape
func Adam(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2 float32)
