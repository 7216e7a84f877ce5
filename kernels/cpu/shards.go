package cpu

import (
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

// shardGradientsJob is ShardGradients. A task goes through the whole tree with one chunk of
// the parameters, so that all but the sums stays in the second-level cache.
type shardGradientsJob struct {
	d      *Device
	s      kernels.ShardGradients
	levels int
	sums   [][]float32
	dw     []float32
	at     []int // where in dw a shard's samples begin
}

var _ kernels.ShardAdder = (*Device)(nil)

// ShardGradients implements kernels.ShardAdder.
func (d *Device) ShardGradients(s kernels.ShardGradients) {
	s.Check()
	if s.Hi == 0 {
		s.Lo, s.Hi = 0, s.N
	}
	defer d.lock()()
	j := &d.jobs.shardGradients
	sums, at := j.sums[:0], j.at[:0]
	for _, sum := range s.Sums {
		sums = append(sums, hostSlice(sum))
	}
	samples := 0
	for _, shard := range s.Shards {
		at = append(at, samples*s.N)
		samples += shard.Samples
	}
	_, levels := kernels.Subtrees(s.First, s.First+len(s.Shards))
	*j = shardGradientsJob{d: d, s: s, levels: levels, sums: sums, dw: hostSlice(s.DW), at: at}
	d.pool.run(j, chunks(s.Hi-s.Lo))
}

func (j *shardGradientsJob) task(worker, i int) {
	n, end := j.s.N, j.s.First+len(j.s.Shards)
	lo, hi := chunk(i, j.s.Hi-j.s.Lo)
	lo, hi = j.s.Lo+lo, j.s.Lo+hi
	room := grow(&j.d.scratch[worker].f32, 2*ref.Chunk*j.levels)
	for first, k := j.s.First, 0; first < end; k++ {
		leaves := kernels.Subtree(first, end)
		j.node(first, leaves, lo, hi, j.sums[k][lo:hi], j.sums[k][n+lo:n+hi], room)
		first += leaves
	}
}

// node computes one chunk of the sum of so many leaves.
func (j *shardGradientsJob) node(first, leaves, lo, hi int, dMu, dSigma, room []float32) {
	if leaves == 1 {
		j.leaf(first-j.s.First, lo, hi, dMu, dSigma)
		return
	}
	half := leaves / 2
	j.node(first, half, lo, hi, dMu, dSigma, room)
	rightMu, rightSigma := room[:hi-lo], room[ref.Chunk:][:hi-lo]
	j.node(first+half, half, lo, hi, rightMu, rightSigma, room[2*ref.Chunk:])
	j.d.row.addTo(dMu, rightMu)
	j.d.row.addTo(dSigma, rightSigma)
}

// leaf computes one chunk of a shard's gradient.
func (j *shardGradientsJob) leaf(i, lo, hi int, dMu, dSigma []float32) {
	clear(dMu)
	clear(dSigma)
	shard, n := j.s.Shards[i], j.s.N
	for k := range shard.Samples {
		at, key := j.at[i]+k*n, advance(j.s.Key, shard.First+k)
		noise := part(j.d.kept.of(key, n), lo, hi)
		j.d.row.noiseGrad(dMu, dSigma, j.dw[at+lo:at+hi], noise, key, lo)
	}
}
