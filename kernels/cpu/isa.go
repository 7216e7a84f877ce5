package cpu

import (
	"fmt"
	"os"
	"strings"

	"github.com/symvi/symvi/kernels"
)

// row is the table of one instruction set's microkernels. They see full, checked
// slices (aligned or not) and handle their own tails. A row starts as a copy of
// the portable one and overrides what it has, so a partial row is legal.
type row struct {
	name string

	gemm gemmKernel

	unary func(dst, src []float32, function int) // numbers are those of kernels.Function

	// nil where looking bytes up in their table is faster
	scaleBytes func(dst []float32, src []uint8, high, low float32)

	addBias, addTo     func(dst, src []float32)
	relu               func(y []float32)
	reluGrad, tanhGrad func(dx, y, dy []float32)

	softmax             func(p, x []float32) (largest, sum float32)
	softmaxCrossEntropy func(grad, x []float32, label int, scale float32) float32
	gaussianNLL         func(grad, prediction, target []float32, invNoise, constant,
		scale float32) float32
	gaussianResiduals func(gradMean, gradRaw, mean, target, invSigma, logSigma, slope []float32,
		scale float32) float32
	sum, sumLog  func(x []float32) float64
	logSumExpAdd func(largest, sum []float64, x []float32)

	gaussianScale     func(sigma, invSigma, rho []float32)
	gaussianScaleGrad func(dRho, dSigma, rho []float32)
	// as many elements of all; the noise of first, first + 1, … is kept unless it is nil; asks ahead
	// meanwhile, if it likes
	sampleGaussian     func(w, noise, mu, sigma []float32, key kernels.Key, first int, a ahead)
	sampleGaussianGrad func(dMu, dSigma, dw []float32, key kernels.Key, first int)
	keptGrad           func(dMu, dSigma, dw, noise []float32)
	klGaussian         func(mu, sigma, dMu, dSigma, invPrior []float32, weight float32) float64
	adam               func(x, m, v, g []float32, s kernels.AdamStep)

	pairLogDensity  func(c []float64, w, mu, invSigma []float32, logNorm float64)
	pairGrad        func(dw, w, mu, invSigma, coefficients []float32, stride, n int)
	permutedPair    func(w, mu, invSigma []float32, columns []int32) float64
	expectedMoments func(mean, second, x, p []float64)                   // len(mean) a multiple of 16
	expectedSquares func(total, mean, variance, mu, precision []float64) // len(total) a multiple of 16
	// len(sums) a multiple of 16
	conditionalSquares func(sums, w []float32, columns []int32, mu, invSigma []float32)
	// two rows of mu, or of p, and of what belongs to it, one behind the other; or nil
	conditionalSquaresOfTwo func(sums, w []float32, columns []int32, mu, invSigma []float32)
	expectedMomentsOfTwo    func(mean, second, x, p []float64)
	expectedSquaresOfTwo    func(total, mean, variance, mu, precision []float64)
	permutedGradAdd         func(dw, w, mu, invSigma []float32, columns []int32, coefficient float32)
	permutations            func(dst []int32, n int, key kernels.Key, first uint32)
	gatherAdd               func(logs, c []float64, perms []int32, n int)
	scatterAdd              func(c, weights []float64, perms []int32, n int)
	weights                 func(weights, x []float64) (largest, sum float64)
	combineSigns            func(positive, negative []float64)
	splitSigns              func(coefficients, negative []float32, share []float64, n int)
	subsetForward           func(f, a, table []float64, n int) // below minSubset the portable one
	subsetMarginals         func(sums, f, b []float64, n int)  // likewise
	proposal                proposalLoops
}

// ISAs names the microkernel rows this processor can run, the best one first.
func ISAs() []string {
	var names []string
	for _, r := range rows() {
		names = append(names, r.name)
	}
	return names
}

// selectRow picks the row called name, or the best one for "". When name is
// empty the environment variable SYMVI_ISA decides.
func selectRow(name string) (*row, error) {
	source := "the ISA option"
	if name == "" {
		name, source = os.Getenv("SYMVI_ISA"), "SYMVI_ISA"
	}
	available := rows()
	if name == "" {
		return available[0], nil
	}
	for _, r := range available {
		if r.name == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%s asks for %q, but this processor and build have: %s", source, name,
		strings.Join(ISAs(), ", "))
}
