package avx2

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
	const lanes = 8 // blocks of one group
	const most = 64 // blocks of one call
	var buffer [4 * most]uint32
	keys := philoxKeys(seed)
	blocks := (n + 2) / 4
	block, left := first*uint32(blocks), len(dst)/n*blocks
	var words []uint32
	var identity [64]int32
	for i := range identity {
		identity[i] = int32(i)
	}
	for ; len(dst) > 0; dst = dst[n:] {
		p := dst[:n]
		for i := copy(p, identity[:]); i < n; i++ {
			p[i] = int32(i)
		}
		for i := n - 1; i > 0; {
			if len(words) == 0 {
				groups := (min(left, most) + lanes - 1) / lanes
				philoxWords(&buffer[0], groups, block, stream, step, sample, &keys)
				words = buffer[:4*lanes*groups]
				block += uint32(lanes * groups)
				left -= lanes * groups
			}
			count := min(i, len(words))
			exchange(&p[0], &words[0], i, count)
			i -= count
			words = words[(count+3)&^3:]
		}
	}
}

// philoxKeys are the two keys of each of Philox's ten rounds.
func philoxKeys(seed uint64) (keys [20]uint32) {
	const w0, w1 = 0x9e3779b9, 0xbb67ae85
	k0, k1 := uint32(seed), uint32(seed>>32)
	for i := 0; i < len(keys); i += 2 {
		keys[i], keys[i+1] = k0, k1
		k0 += w0
		k1 += w1
	}
	return keys
}

// philoxWords writes the four words of each of 8·groups blocks, groups ≥ 1.
//
//go:noescape
func philoxWords(words *uint32, groups int, block, stream, step, sample uint32, keys *[20]uint32)

// exchange does count ≥ 1 steps of the shuffle:
//
//	for k := range count {
//		j := words[k] * (i+1) >> 32
//		p[i], p[j] = p[j], p[i]
//		i--
//	}
//
//go:noescape
func exchange(p *int32, words *uint32, i, count int)
