package bnn

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// sharding divides the work of a training step into shards: the gradient is the sum of theirs,
// added in a binary tree over their numbers (kernels.ShardGradients). It is part of the
// definition of a training, as the size of its minibatches is; which process computes which
// shard is not.
//
// The samples are dealt into groups, as many as there are shards or, with fewer samples, as the
// largest power of two of them, and every group's minibatch into parts, one for each shard of
// the group.
type sharding struct{ shards, samples int }

// validate reports what cannot be divided so; the smallest minibatch has so many rows.
func (s sharding) validate(rows int) error {
	if s.shards < 1 || s.shards&(s.shards-1) != 0 || s.shards > 1<<20 {
		return fmt.Errorf("shards: %d, want a power of two", s.shards)
	}
	if s.parts() > rows {
		return fmt.Errorf("shards: %d with %d samples per step cut a minibatch into %d parts, but the "+
			"smallest has %d rows", s.shards, s.samples, s.parts(), rows)
	}
	return nil
}

// groups is the number of groups of samples.
func (s sharding) groups() int {
	g := 1
	for 2*g <= min(s.shards, s.samples) {
		g *= 2
	}
	return g
}

// parts is the number of parts of a minibatch.
func (s sharding) parts() int { return s.shards / s.groups() }

// samplesOf are the samples of a shard, and part the part of the minibatch that they see.
func (s sharding) samplesOf(shard int) (samples span, part int) {
	return blockOf(shard/s.parts(), s.groups(), s.samples), shard % s.parts()
}

// rowsOf are the rows of a part of a minibatch.
func (s sharding) rowsOf(part, rows int) span { return blockOf(part, s.parts(), rows) }

// mostRows is the number of rows of the largest part.
func (s sharding) mostRows(rows int) int { return (rows + s.parts() - 1) / s.parts() }

// parametersOf are the parameters, of n, that the process of a shard takes the step with. Their
// ends are multiples of the width of vectors.
func (s sharding) parametersOf(shard, n int) span {
	const width = 64
	end := func(i int) int {
		if i == s.shards {
			return n
		}
		return i * n / s.shards / width * width
	}
	return span{end(shard), end(shard + 1)}
}

// parametersOfAll are the parameters of consecutive shards.
func (s sharding) parametersOfAll(shards span, n int) span {
	return span{s.parametersOf(shards.lo, n).lo, s.parametersOf(shards.hi-1, n).hi}
}

// portion is what a process runs through the network at once: samples over a part of the
// minibatch. It is one shard, or all shards of the process where they see the whole minibatch.
type portion struct {
	shards  span
	samples span
	part    int
	pass    *pass
	views   map[int]*portionView // by the rows of the minibatch
}

// portions are those of the given shards.
func (s sharding) portions(shards span) []portion {
	if s.parts() == 1 {
		first, _ := s.samplesOf(shards.lo)
		last, _ := s.samplesOf(shards.hi - 1)
		return []portion{{shards: shards, samples: span{first.lo, last.hi}}}
	}
	var all []portion
	for k := shards.lo; k < shards.hi; k++ {
		samples, part := s.samplesOf(k)
		all = append(all, portion{shards: span{k, k + 1}, samples: samples, part: part})
	}
	return all
}

// kernelShards are the given shards as kernels.ShardGradients takes them.
func (s sharding) kernelShards(shards span) []kernels.Shard {
	var all []kernels.Shard
	for k := shards.lo; k < shards.hi; k++ {
		samples, _ := s.samplesOf(k)
		all = append(all, kernels.Shard{First: samples.lo, Samples: samples.len()})
	}
	return all
}
