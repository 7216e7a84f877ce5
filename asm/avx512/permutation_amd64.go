package avx512

// PhiloxWords writes the four words of each of 16·groups blocks, groups ≥ 1:
//
//	words[4*b … 4*b+3] = philox([4]uint32{block + b, stream, step, sample}, seed)
//
// keys are those of the ten rounds.
//
//go:noescape
func PhiloxWords(words *uint32, groups int, block, stream, step, sample uint32, keys *[20]uint32)

// Exchange does count steps of the shuffle, 1 ≤ count ≤ i:
//
//	for k := range count {
//		j := words[k] * (i+1) >> 32
//		p[i], p[j] = p[j], p[i]
//		i--
//	}
//
//go:noescape
func Exchange(p *int32, words *uint32, i, count int)
