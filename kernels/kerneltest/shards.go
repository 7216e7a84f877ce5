package kerneltest

import (
	"testing"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// checkShardGradients checks one call.
func checkShardGradients(t testing.TB, d kernels.Device, op kernels.ShardGradients, dw []float32) {
	t.Helper()
	n, end := op.N, op.First+len(op.Shards)
	c := newCall(t, d, "ShardGradients n=%d first=%d shards=%v", n, op.First, op.Shards)
	op.DW, dw = c.in32("DW", dw)
	nodes, levels := kernels.Subtrees(op.First, end)
	for range levels {
		room := d.Float32(2 * n)
		defer room.Free()
		op.Room = append(op.Room, room)
	}
	want := make([][]float32, nodes)
	for i := range want {
		var sum kernels.F32
		sum, want[i] = c.out32("Sums", 2*n)
		op.Sums = append(op.Sums, sum)
	}
	if n%2 == 1 { // some of the samples, one after another as they are drawn in training
		x := d.Float32(n)
		for s := range len(dw) / max(n, 1) {
			d.SampleGaussian(kernels.SampleGaussian{Key: nextSample(op.Key, op.Shards[0].First+s),
				Samples: 1, N: n, Mu: x, Sigma: x, W: x, Keep: s != 1})
		}
		x.Free()
	}
	half := n / 128 * 64
	for _, at := range [][2]int{{half, n}, {0, half}} { // all, if there is no half
		op.Lo, op.Hi = at[0], at[1]
		kernels.RunShardGradients(d, op)
	}

	var leaves [][]float32
	for _, shard := range op.Shards {
		gradient := make([]float32, 2*n)
		for s := range shard.Samples {
			key := op.Key
			key.Sample += uint32(shard.First + s)
			ref.SampleGaussianGrad(gradient[:n], gradient[n:], dw[:n], ref.Key(key), 0)
			dw = dw[n:]
		}
		leaves = append(leaves, gradient)
	}
	for i := range want {
		size := kernels.Subtree(end-len(leaves), end)
		copy(want[i], pairwise(leaves[:size]))
		leaves = leaves[size:]
	}
	c.check()
}

// pairwise adds up as many vectors as a power of two, pair by pair, then pairs of pairs.
func pairwise(x [][]float32) []float32 {
	for len(x) > 1 {
		var sums [][]float32
		for i := 0; i < len(x); i += 2 {
			sum := make([]float32, len(x[i]))
			for k := range sum {
				sum[k] = x[i][k] + x[i+1][k]
			}
			sums = append(sums, sum)
		}
		x = sums
	}
	return x[0]
}

// testShardGradients checks calls of many shapes: blocks of shards that do and do not fill a
// whole tree, with one sample, several and none.
func testShardGradients(t *testing.T, d kernels.Device) {
	in := newInputs()
	for i, n := range append(lengths(), 10_000) {
		for _, block := range [][2]int{{0, 1}, {0, 8}, {3, 6}, {5, 8}, {1, 2}} {
			op := kernels.ShardGradients{N: n,
				Key: kernels.Key{Seed: 3, Stream: 1, Step: uint32(i)}, First: block[0]}
			samples := 0
			for k := range block[1] - block[0] {
				shard := kernels.Shard{First: 4 + samples, Samples: (i + k) % 3}
				op.Shards = append(op.Shards, shard)
				samples += shard.Samples
			}
			checkShardGradients(t, d, op, in.normal(samples*n, 1))
			checkShardGradients(t, d, op, in.wild(samples*n))
		}
	}
}
