package kernels

// pairGradBy makes ref.PairGrad of a kernel for one component.
func pairGradBy(add func(dw, w, mu, invSigma []float32, coefficient float32)) func(dw, w, mu, invSigma, coefficients []float32, stride, n int) {
	return func(dw, w, mu, invSigma, coefficients []float32, stride, n int) {
		clear(dw)
		d := len(w)
		for i := range n {
			if a := coefficients[i*stride]; a != 0 {
				add(dw, w, mu[i*d:(i+1)*d], invSigma[i*d:(i+1)*d], a)
			}
		}
	}
}
