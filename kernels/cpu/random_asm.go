//go:build (amd64 || arm64) && !purego

package cpu

import "github.com/symvi/symvi/kernels"

// vectors names the instruction set whose microkernels draw random numbers. They see whole groups
// of blocks; what is here cuts ragged ranges into them, once for all instruction sets.
// A vectors is a number and not a table of functions: the compiler sees what is called, and
// what a microkernel is given stays on the stack.
type vectors int

// groupBlocks of Philox make one group of the noise of ref.Key, groupSize elements.
const (
	groupBlocks = 16
	groupSize   = 4 * groupBlocks
)

// sampleGaussian is ref.SampleGaussianKeep or, without room for the noise, ref.SampleGaussian.
func (v vectors) sampleGaussian(w, noise, mu, sigma []float32, key kernels.Key, first int,
	a ahead) {
	s := v.schedule(key)
	for len(w) > 0 {
		block, from := uint32(first/groupSize*groupBlocks), first%groupSize
		n := min(groupSize-from, len(w))
		whole := from == 0 && n == groupSize
		if whole {
			n = len(w) / groupSize * groupSize
			if len(a.index) > 0 {
				n = min(n, aheadSize)
				a.next()
			}
		}
		switch {
		case whole && noise == nil:
			v.sampleGroups(w[:n], mu[:n], sigma[:n], block, &s)
		case whole:
			v.sampleKeepGroups(w[:n], noise[:n], mu[:n], sigma[:n], block, &s)
		default:
			var m, d, e [groupSize]float32 // the part of a group that is asked for
			copy(m[from:], mu[:n])
			copy(d[from:], sigma[:n])
			v.sampleKeepGroups(m[:], e[:], m[:], d[:], block, &s)
			copy(w, m[from:from+n])
			copy(noise, e[from:from+n])
		}
		if noise != nil {
			noise = noise[n:]
		}
		w, mu, sigma, first = w[n:], mu[n:], sigma[n:], first+n
	}
}

// sampleGaussianGrad is ref.SampleGaussianGrad.
func (v vectors) sampleGaussianGrad(dMu, dSigma, dw []float32, key kernels.Key, first int) {
	s := v.schedule(key)
	for len(dw) > 0 {
		block, from := uint32(first/groupSize*groupBlocks), first%groupSize
		n := min(groupSize-from, len(dw))
		if whole := len(dw) / groupSize; from == 0 && whole > 0 {
			n = whole * groupSize
			v.sampleGradGroups(dMu[:n], dSigma[:n], dw[:n], block, &s)
		} else {
			var m, d, g [groupSize]float32
			copy(m[from:], dMu[:n])
			copy(d[from:], dSigma[:n])
			copy(g[from:], dw[:n])
			v.sampleGradGroups(m[:], d[:], g[:], block, &s)
			copy(dMu, m[from:from+n])
			copy(dSigma, d[from:from+n])
		}
		dMu, dSigma, dw, first = dMu[n:], dSigma[n:], dw[n:], first+n
	}
}

// permutations is ref.Permutations, n ≥ 1: words are drawn for several permutations at once, of
// which each begins with a block.
func (v vectors) permutations(dst []int32, n int, key kernels.Key, first uint32) {
	if n == 1 {
		clear(dst)
		return
	}
	const most = 64 // blocks of one call
	var buffer [4 * most]uint32
	keys := v.roundKeys(key)
	blocks := (n + 2) / 4
	block, left := first*uint32(blocks), len(dst)/n*blocks
	var words []uint32 // what is left of the buffer
	for ; len(dst) >= n; dst = dst[n:] {
		p := dst[:n]
		for i := range p {
			p[i] = int32(i)
		}
		for i := n - 1; i > 0; {
			if len(words) == 0 {
				drawn := roundUp(min(left, most), groupBlocks)
				words = buffer[:4*drawn]
				v.philoxWords(words, block, &keys)
				block += uint32(drawn)
				left -= drawn
			}
			count := min(i, len(words))
			v.exchange(p, words, i, count)
			i -= count
			words = words[(count+3)&^3:]
		}
	}
}
