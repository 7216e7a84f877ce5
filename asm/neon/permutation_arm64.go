package neon

// Permutations fills dst with its len(dst)/n permutations number first, first+1, … of 0 … n-1,
// n ≥ 1:
//
//	for i := range p { p[i] = i }
//	for i := n-1; i > 0; i-- {
//		j := word() * (i+1) >> 32
//		p[i], p[j] = p[j], p[i]
//	}
//
// where permutation k takes its words in order from philox([4]uint32{block, stream, step,
// sample}, seed) for the blocks from k·⌈(n-1)/4⌉ on.
func Permutations(dst []int32, n int, seed uint64, stream, step, sample, first uint32) {
	if n == 1 {
		clear(dst)
		return
	}
	const group, most = 16, 64 // blocks: of a group of philoxWords, of one call
	var buffer [4 * most]uint32
	var words []uint32 // what is left of the buffer
	blocks := (n + 2) / 4
	block, left := first*uint32(blocks), len(dst)/n*blocks
	for ; len(dst) >= n; dst = dst[n:] {
		p := dst[:n]
		for i := range p {
			p[i] = int32(i)
		}
		for i := n - 1; i > 0; {
			if len(words) == 0 {
				groups := (min(left, most) + group - 1) / group
				philoxWords(&buffer[0], groups, seed, block, stream, step, sample)
				words = buffer[:4*group*groups]
				block += uint32(group * groups)
				left -= group * groups
			}
			count := min(i, len(words))
			exchange(&p[0], &words[0], i, count)
			i -= count
			words = words[(count+3)&^3:] // a permutation starts with a block
		}
	}
}

// philoxWords writes the four words of each of 16·groups blocks, groups ≥ 1.
//
//go:noescape
func philoxWords(words *uint32, groups int, seed uint64, block, stream, step, sample uint32)

// exchange does count steps of the shuffle, 1 ≤ count ≤ i:
//
//	for k := range count {
//		j := words[k] * (i+1) >> 32
//		p[i], p[j] = p[j], p[i]
//		i--
//	}
//
//go:noescape
func exchange(p *int32, words *uint32, i, count int)
