package kernels

// GaussianScaleNLL computes, for Batch items of Rows rows of T = Targets values, the Gaussian
// negative log-likelihood whose standard deviation σ = softplus(Raw), not below 2⁻⁴⁰, is data:
//
//	Loss[item, r]     = Σ_j ½ρ² + log σ + ½ log 2π,  ρ = (Mean − Target[r])/σ   (nats)
//	GradMean[item, r] = Scale·ρ/σ
//	GradRaw[item, r]  = Scale·(1 − ρ²)/σ·sigmoid(Raw)
//
// All items share the targets. Row item·Rows + r of Mean begins that many StrideMean elements
// after the first one, and so on: a network with two outputs a target, T means and then T raws,
// has strides of 2T, and one noise for all rows has StrideRaw 0. GradMean may be Mean, and
// GradRaw may be Raw if StrideRaw is not 0.
type GaussianScaleNLL struct {
	Batch, Rows, Targets int
	Mean                 F32
	StrideMean           int
	Raw                  F32
	StrideRaw            int
	Target, Loss         F32
	GradMean             F32
	StrideGradMean       int
	GradRaw              F32
	StrideGradRaw        int
	Scale                float32
}

// Check panics unless the buffers hold the shapes.
func (s *GaussianScaleNLL) Check() {
	const op = "GaussianScaleNLL"
	check(op, "Target", s.Target, dense(s.Rows, s.Targets))
	check(op, "Loss", s.Loss, dense(s.Batch, s.Rows))
	strided := func(stride int) matrices {
		return matrices{s.Batch * s.Rows, stride, 1, s.Targets, s.Targets}
	}
	check(op, "Mean", s.Mean, strided(s.StrideMean))
	check(op, "Raw", s.Raw, strided(s.StrideRaw))
	checkOutput(op, "GradMean", s.GradMean, strided(s.StrideGradMean))
	checkOutput(op, "GradRaw", s.GradRaw, strided(s.StrideGradRaw))
}

// Constant is the part of a row's loss that nothing changes.
func (s *GaussianScaleNLL) Constant() float32 { return float32(float64(s.Targets) * halfLog2Pi) }
