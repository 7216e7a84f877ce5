package bnn

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/symvi/symvi/kernels"
)

// readSums reads the sums over the epoch's steps of all shards, and adds them up in t.sums. On
// the device those that are found together are neighbours: there the divergence is before
// the information.
func (t *Trainer) readSums() ([]float64, error) {
	sums, err := kernels.Read(t.stats)
	if err != nil {
		return nil, deviceError(t.device, err)
	}
	swapDivergence(sums)
	sums = gather64(t.options.Processes, sums)
	copy(t.sums[:], sums)
	for i, v := range sums[statistics:] {
		t.sums[i%statistics] += v
	}
	return sums, nil
}

// setSums sets the sums over the epoch's steps of all shards.
func (t *Trainer) setSums(sums []float64) {
	shards := own(t.options.Processes, t.options.Shards)
	mine := slices.Clone(sums[statistics*shards.lo : statistics*shards.hi])
	swapDivergence(mine)
	t.stats.Upload(mine)
}

// swapDivergence exchanges divergence and information of every shard.
func swapDivergence(sums []float64) {
	for i := 0; i < len(sums); i += statistics {
		sums[i+1], sums[i+2] = sums[i+2], sums[i+1]
	}
}

// readMoments reads Adam's moments of all processes, in the order of the parameters.
func (t *Trainer) readMoments(moments kernels.F32) ([]float32, error) {
	mine, err := kernels.Read(moments)
	if err != nil {
		return nil, deviceError(t.device, err)
	}
	if t.sharded == nil || t.sharded.exchange == nil {
		return mine, nil
	}
	all, places := make([]float32, t.x.Len()), t.sharded.places(t)
	packed, parts, end := make([]float32, len(all)), make([][2]int, len(places)), 0
	for r, p := range places {
		parts[r] = [2]int{end, end + p[0].len() + p[1].len() + p[2].len()}
		end = parts[r][1]
	}
	copy(packed[parts[t.options.Processes.Rank()][0]:], mine)
	t.options.Processes.AllGather(packed, parts)
	t.options.Processes.Wait()
	for _, parts := range places {
		for _, p := range parts {
			packed = packed[copy(all[p.lo:p.hi], packed):]
		}
	}
	return all, nil
}

// completeRho gets the values ρ that the others have changed, if that is not done in every step.
func (t *Trainer) completeRho() error {
	z := t.sharded
	if z == nil || z.exchange == nil || !z.scaled {
		return nil
	}
	return deviceError(t.device, z.exchange.giveRho())
}

// setMoments takes this process's part of Adam's moments.
func (t *Trainer) setMoments(to kernels.F32, all []float32) {
	if t.sharded == nil {
		to.Upload(all)
		return
	}
	var mine []float32
	for _, p := range t.sharded.place(t.size, t.sharded.own) {
		mine = append(mine, all[p.lo:p.hi]...)
	}
	to.Upload(mine)
}

// place is where the parameters of consecutive shards are in a vector of all: μ, ρ and noises.
func (z *sharded) place(n int, shards span) [3]span {
	at := z.parametersOfAll(shards, n)
	noises := span{2 * n, 2 * n}
	if shards.hi == z.shards {
		noises.hi += z.noises
	}
	return [3]span{at, {n + at.lo, n + at.hi}, noises}
}

// places are those of all processes.
func (z *sharded) places(t *Trainer) [][3]span {
	var all [][3]span
	size := t.options.Processes.Size()
	for r := range size {
		all = append(all, z.place(t.size, blockOf(r, size, z.shards)))
	}
	return all
}

// gather64 joins the values of all processes in the order of ranks.
func gather64(c Communicator, mine []float64) []float64 {
	if alone(c) {
		return mine
	}
	bytes := make([]byte, 0, 8*len(mine))
	for _, v := range mine {
		bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(v))
	}
	var all []float64
	for _, part := range c.Share(bytes) {
		for ; len(part) > 0; part = part[8:] {
			all = append(all, math.Float64frombits(binary.LittleEndian.Uint64(part)))
		}
	}
	return all
}
