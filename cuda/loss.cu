// The losses of single rows and their gradients, and softmax (ref.Softmax,
// ref.SoftmaxCrossEntropy, ref.GaussianNLL).
//
// Shapes: logits, predictions and gradients [rows×classes], loss [rows], where rows counts all
// items; item rows share labels [labelRows] and targets [labelRows×outputs]. Gradients may
// overwrite logits or predictions.
// Layout: 16 threads a row, thread l being virtual lane l: it alone reads and writes columns
// l, l+16, …, so that working in place needs no barrier; maxima and sums cross the lanes by
// shuffles. 128 threads a block, 8 rows. No shared memory, 32 registers: full
// occupancy. With 10 classes 6 of 16 threads idle; the launch takes microseconds.
#include "rows.cuh"

struct Normaliser { float largest, sum; };

// softmaxRow writes p = exp(x − max x) and returns what normalises it.
DEVICE Normaliser softmaxRow(Row r, float *p, const float *x) {
	float largest = __shfl_sync(wholeWarp, r.lane < r.width ? x[r.lane] : 0, 0, rowThreads);
	for (int j = r.lane; j < r.width; j += rowThreads) {
		if (x[j] > largest) {
			largest = x[j];
		}
	}
	UNROLL
	for (int half = rowThreads / 2; half > 0; half /= 2) {
		float other = __shfl_xor_sync(wholeWarp, largest, half, rowThreads);
		if (other > largest) {
			largest = other;
		}
	}
	float sum = 0;
	for (int j = r.lane; j < r.width; j += rowThreads) {
		float e = ref::Exp(x[j] - largest);
		p[j] = e;
		sum += e;
	}
	return Normaliser{largest, ref::tree32(wholeWarp, sum)};
}

extern "C" __global__ void __launch_bounds__(128) loss_softmax(float *dst, const float *src, long long rows, int classes) {
	Row r = thisRow(rows, classes);
	float *p = dst + r.number * classes;
	Normaliser z = softmaxRow(r, p, src + r.number * classes);
	for (int j = r.lane; j < r.width; j += rowThreads) {
		p[j] /= z.sum;
	}
}

extern "C" __global__ void __launch_bounds__(128) loss_softmax_cross_entropy(float *loss, float *grad, const float *logits, const int *labels,
	long long rows, int labelRows, int classes, float scale, long long replica) {
	loss = ofReplica(loss, replica);
	grad = ofReplica(grad, replica);
	logits = ofReplica(logits, replica);
	labels = ofReplica(labels, replica);
	Row r = thisRow(rows, classes);
	const float *x = logits + r.number * classes;
	float *g = grad + r.number * classes;
	int label = r.width > 0 ? labels[r.number % labelRows] : -1;
	bool inside = (unsigned)label < (unsigned)classes;
	bool mine = inside ? r.lane == label % rowThreads : r.lane == 0;
	float xl = ref::notANumber(); // the loss of a label that does not exist
	if (mine && inside) {
		xl = x[label];
	}
	Normaliser z = softmaxRow(r, g, x);
	for (int j = r.lane; j < r.width; j += rowThreads) {
		float p = g[j] / z.sum;
		if (j == label) {
			p -= 1;
		}
		g[j] = p * scale;
	}
	if (mine && r.width > 0) {
		loss[r.number] = ref::Log(z.sum) - (xl - z.largest);
	}
}

extern "C" __global__ void __launch_bounds__(128) loss_gaussian_nll(float *loss, float *grad, const float *prediction, const float *target,
	long long rows, int targetRows, int outputs, float invNoise, float constant, float scale, long long replica) {
	loss = ofReplica(loss, replica);
	grad = ofReplica(grad, replica);
	prediction = ofReplica(prediction, replica);
	target = ofReplica(target, replica);
	Row r = thisRow(rows, outputs);
	const float *f = prediction + r.number * outputs;
	const float *t = target + r.number % targetRows * outputs;
	float *g = grad + r.number * outputs;
	float sum = 0;
	for (int j = r.lane; j < r.width; j += rowThreads) {
		float residual = (f[j] - t[j]) * invNoise;
		sum = ref::FMA(residual, residual, sum);
		g[j] = scale * residual * invNoise;
	}
	sum = ref::tree32(wholeWarp, sum);
	if (r.lane == 0 && r.number < rows) {
		loss[r.number] = ref::FMA(0.5f, sum, constant);
	}
}
