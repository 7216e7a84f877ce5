//go:build !purego

package cpu

import (
	"github.com/symvi/symvi/asm/avx2"
	"github.com/symvi/symvi/asm/avx512"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/kernels"
)

const (
	vectorsAVX2 vectors = iota
	vectorsAVX512
)

// schedule holds what the rounds of Philox add to the counter. Only counter word 0, the block,
// differs between lanes, so in the first three rounds what does not depend on it is merged into
// the key:
//
//	[0]        the second key of round 1, with the sample
//	[1], [2]   the keys of round 2, the first with the low half of round 1's product
//	[3], [4]   the keys of round 3, the second with the low half of round 2's product
//	[5], [6]   … [17], [18]   the keys of rounds 4 … 10
//
// AVX2 reads each in all eight lanes, AVX-512 broadcasts it.
type schedule struct {
	one   [19]uint32
	eight [19][8]uint32
}

func (v vectors) schedule(key kernels.Key) (s schedule) {
	k := v.roundKeys(key).keys
	q := ref.PhiloxM1 * uint64(key.Step) // round 1
	c0 := uint32(q>>32) ^ key.Stream ^ k[0]
	s.one[0] = key.Sample ^ k[1]
	p := ref.PhiloxM0 * uint64(c0) // round 2
	s.one[1], s.one[2] = uint32(q)^k[2], uint32(p>>32)^k[3]
	s.one[3], s.one[4] = k[4], uint32(p)^k[5]
	copy(s.one[5:], k[6:])
	if v == vectorsAVX2 {
		for i, k := range s.one {
			s.eight[i] = [8]uint32{k, k, k, k, k, k, k, k}
		}
	}
	return s
}

func (v vectors) sampleGroups(w, mu, sigma []float32, block uint32, s *schedule) {
	groups := len(w) / groupSize
	if v == vectorsAVX512 {
		avx512.SampleGroups(&w[0], &mu[0], &sigma[0], groups, block, &s.one)
		return
	}
	avx2.SampleGroups(&w[0], &mu[0], &sigma[0], groups, block, &s.eight)
}

func (v vectors) sampleKeepGroups(w, noise, mu, sigma []float32, block uint32, s *schedule) {
	groups := len(w) / groupSize
	if v == vectorsAVX512 {
		avx512.SampleKeepGroups(&w[0], &mu[0], &sigma[0], groups, block, &s.one, &noise[0])
		return
	}
	avx2.SampleKeepGroups(&w[0], &mu[0], &sigma[0], groups, block, &s.eight, &noise[0])
}

func (v vectors) sampleGradGroups(dMu, dSigma, dw []float32, block uint32, s *schedule) {
	groups := len(dw) / groupSize
	if v == vectorsAVX512 {
		avx512.SampleGradGroups(&dMu[0], &dSigma[0], &dw[0], groups, block, &s.one)
		return
	}
	avx2.SampleGradGroups(&dMu[0], &dSigma[0], &dw[0], groups, block, &s.eight)
}

// roundKeys is a key with the two keys of each of Philox's ten rounds.
type roundKeys struct {
	kernels.Key
	keys [20]uint32
}

func (vectors) roundKeys(key kernels.Key) roundKeys {
	r := roundKeys{Key: key}
	k0, k1 := uint32(key.Seed), uint32(key.Seed>>32)
	for i := 0; i < len(r.keys); i += 2 {
		r.keys[i], r.keys[i+1] = k0, k1
		k0 += ref.PhiloxW0
		k1 += ref.PhiloxW1
	}
	return r
}

// philoxWords fills words with those of the blocks from block on, a multiple of 16 blocks.
func (v vectors) philoxWords(words []uint32, block uint32, k *roundKeys) {
	if v == vectorsAVX512 {
		avx512.PhiloxWords(&words[0], len(words)/64, block, k.Stream, k.Step, k.Sample, &k.keys)
		return
	}
	avx2.PhiloxWords(&words[0], len(words)/32, block, k.Stream, k.Step, k.Sample, &k.keys)
}

// exchange does count steps of the shuffle, from element i down.
func (v vectors) exchange(p []int32, words []uint32, i, count int) {
	if v == vectorsAVX512 {
		avx512.Exchange(&p[0], &words[0], i, count)
		return
	}
	avx2.Exchange(&p[0], &words[0], i, count)
}
