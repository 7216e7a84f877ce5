package kernels

import "math/bits"

// ShardGradients adds up the gradients of consecutive shards of a training step. A shard is a
// number of samples of the weights, whose gradient with respect to μ and σ is what
// SampleGaussianGrad makes of theirs. The shards are the leaves of a binary tree: its leaves are
// numbered from 0, and a node of 2ᵏ leaves begins at a multiple of 2ᵏ and is the sum of its
// left half and its right half, in this order.
//
// Sums are those of the largest nodes that the given shards fill (Subtrees), each 2N values: the
// gradient of μ, then that of σ. Lo … Hi−1 are the parameters that are wanted, all if Hi is 0;
// their ends are multiples of 64 or N. The others' elements of Sums are left alone or filled in as
// well. Room are buffers of as many values, one for every level of the tree, for devices
// without an operation of their own. It is what Compose makes of it, bit for bit.
type ShardGradients struct {
	N      int
	Lo, Hi int
	Key    Key // of sample 0
	First  int // number of the first shard
	Shards []Shard
	DW     F32 // the gradients of the shards' samples, N values each, one after another
	Sums   []F32
	Room   []F32
}

// Shard is a range of samples of the weights.
type Shard struct{ First, Samples int }

// Subtree is the number of leaves of the largest node that begins with leaf first and ends
// before leaf end: the leaves first … end−1 fill such nodes, one after another.
func Subtree(first, end int) int {
	leaves := 1
	for first%(2*leaves) == 0 && first+2*leaves <= end {
		leaves *= 2
	}
	return leaves
}

// Subtrees is the number of nodes that the leaves first … end−1 fill, and levels the number of
// levels of the highest one above its leaves.
func Subtrees(first, end int) (count, levels int) {
	for ; first < end; count++ {
		leaves := Subtree(first, end)
		levels = max(levels, bits.Len(uint(leaves))-1)
		first += leaves
	}
	return count, levels
}

// ShardAdder is a Device that has ShardGradients of its own.
type ShardAdder interface {
	ShardGradients(ShardGradients)
}

// RunShardGradients runs it on a device, operation by operation where the device knows no better.
func RunShardGradients(d Device, s ShardGradients) {
	if own, ok := d.(ShardAdder); ok {
		own.ShardGradients(s)
		return
	}
	s.Compose(d)
}

// Compose runs the operations that ShardGradients consist of.
func (s *ShardGradients) Compose(d Device) {
	s.Check()
	end := s.First + len(s.Shards)
	for first, i := s.First, 0; first < end; i++ {
		leaves := Subtree(first, end)
		s.node(d, first, leaves, s.Sums[i], s.Room)
		first += leaves
	}
}

// node computes the sum of so many leaves.
func (s *ShardGradients) node(d Device, first, leaves int, sum F32, room []F32) {
	if leaves == 1 {
		s.leaf(d, first-s.First, sum)
		return
	}
	half := leaves / 2
	s.node(d, first, half, sum, room)
	s.node(d, first+half, half, room[0], room[1:])
	Add(d, sum, room[0])
}

// leaf computes the gradient of the shard that is given as number i.
func (s *ShardGradients) leaf(d Device, i int, sum F32) {
	at := 0
	for _, before := range s.Shards[:i] {
		at += before.Samples * s.N
	}
	shard := s.Shards[i]
	key := s.Key
	key.Sample += uint32(shard.First)
	d.SampleGaussianGrad(SampleGaussianGrad{Key: key, Samples: shard.Samples, N: s.N,
		DW: s.DW.Slice(at, at+shard.Samples*s.N), DMu: sum.Slice(0, s.N), DSigma: sum.Slice(s.N, 2*s.N)})
}

// Check panics unless the buffers hold the shapes.
func (s *ShardGradients) Check() {
	const op = "ShardGradients"
	checkArg(s.First >= 0, op, "first shard %d, want at least 0", s.First)
	end := func(i int) bool { return i >= 0 && i <= s.N && (i%64 == 0 || i == s.N) }
	checkArg(end(s.Lo) && end(s.Hi) && (s.Lo <= s.Hi || s.Hi == 0), op,
		"parameters %v are no range of vectors", [2]int{s.Lo, s.Hi})
	samples := 0
	for _, shard := range s.Shards {
		checkArg(shard.First >= 0 && shard.Samples >= 0, op, "shard %v, want no negative numbers", shard)
		samples += shard.Samples
	}
	nodes, _ := Subtrees(s.First, s.First+len(s.Shards))
	checkArg(len(s.Sums) == nodes, op, "sums and nodes are %v, want as many",
		[2]int{len(s.Sums), nodes})
	check(op, "DW", s.DW, dense(samples, s.N))
	for _, sum := range s.Sums {
		check(op, "Sums", sum, vector(2*s.N))
	}
}

// Add adds one vector to another of the same length, in parts that a device can share out.
func Add(d Device, to, x F32) {
	const part = 4096
	n := to.Len()
	whole := n - n%part
	add := func(lo, hi, batch int) {
		if hi > lo {
			cols := (hi - lo) / batch
			d.Copy2D(Copy2D{Batch: batch, Rows: 1, Cols: cols, Accumulate: true, Scale: 1,
				Src: x.Slice(lo, hi), StrideSrc: cols, SrcRow: cols, SrcCol: 1,
				Dst: to.Slice(lo, hi), StrideDst: cols, DstRow: cols, DstCol: 1})
		}
	}
	add(0, whole, max(whole/part, 1))
	add(whole, n, 1)
}
