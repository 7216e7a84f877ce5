// noise_gaussian_nll: the Gaussian loss whose noise is data, σ = softplus(raw), and its gradient
// (ref.GaussianScaleNLL).
//
// Shapes: rows of outputs values; those of mean, raw and their gradients begin strides apart
// (0: all rows share raw); target [targetRows×outputs], shared by the items; loss [rows].
// gradMean may be mean, gradRaw may be raw.
// Layout: 16 threads a row (rows.cuh), 128 threads a block, 8 rows. No shared memory.
#include "rows.cuh"

constexpr float sigmaMin = 0x1p-40f;

extern "C" __global__ void __launch_bounds__(128) noise_gaussian_nll(float *loss, float *gradMean, long long strideGradMean, float *gradRaw, long long strideGradRaw,
	const float *mean, long long strideMean, const float *raw, long long strideRaw, const float *target,
	long long rows, int targetRows, int outputs, float constant, float scale, long long replica) {
	Row r = thisRow(rows, outputs);
	mean = ofReplica(mean, replica) + r.number * strideMean;
	raw = ofReplica(raw, replica) + r.number * strideRaw;
	gradMean = ofReplica(gradMean, replica) + r.number * strideGradMean;
	gradRaw = ofReplica(gradRaw, replica) + r.number * strideGradRaw;
	target = ofReplica(target, replica) + r.number % targetRows * outputs;
	loss = ofReplica(loss, replica);
	float sum = 0;
	for (int j = r.lane; j < r.width; j += rowThreads) {
		float x = raw[j];
		float sigma = ref::Softplus(x);
		if (sigma < sigmaMin) {
			sigma = sigmaMin;
		}
		float inv = 1 / sigma;
		float residual = (mean[j] - target[j]) * inv;
		float square = residual * residual;
		sum += 0.5f * square + ref::Log(sigma);
		gradMean[j] = scale * residual * inv;
		gradRaw[j] = scale * (1 - square) * inv * ref::Sigmoid(x);
	}
	sum = ref::tree32(wholeWarp, sum);
	if (r.lane == 0 && r.number < rows) {
		loss[r.number] = sum + constant;
	}
}
