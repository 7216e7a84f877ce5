package neon

// Adam updates parameters x and moments m, v in place, for i, gi := range g:
//
//	m[i] = fma(beta1, m[i], c1*gi)
//	v[i] = fma(beta2, v[i], c2*(gi*gi))
//	x[i] = fma(-lr, (m[i]*correct1)/(sqrt(v[i]*correct2)+epsilon), x[i])
//
//go:noescape
func Adam(x, m, v, g []float32, lr, beta1, beta2, epsilon, c1, c2, correct1, correct2 float32)
