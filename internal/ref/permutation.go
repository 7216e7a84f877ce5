package ref

// Permutations fills dst with permutations of 0 … n−1, numbers first, first+1, …
func Permutations(dst []int32, n int, key Key, first uint32) {
	for k := range len(dst) / n {
		key.Permutation(dst[k*n:(k+1)*n], first+uint32(k))
	}
}

// Permutation fills dst with the index-th uniformly random permutation of
// 0 … len(dst)−1: the shuffle of Fisher & Yates as of Durstenfeld (1964), for
// i = n−1 … 1 exchange elements i and ⌊word·(i+1)/2³²⌋ (Lemire 2019; a bias below
// n/2³²). Its words come in order from blocks index·B, index·B + 1, … with
// B = ⌈(n−1)/4⌉, so that one thread makes one permutation and index·B must stay
// below 2³². The key's Stream must not serve Normals too.
func (k Key) Permutation(dst []int32, index uint32) {
	for i := range dst {
		dst[i] = int32(i)
	}
	n := uint32(len(dst))
	block := index * ((n + 2) / 4)
	var w [4]uint32
	for used, i := 0, len(dst)-1; i > 0; used, i = used+1, i-1 {
		if used%4 == 0 {
			w = k.Words(block)
			block++
		}
		j := uint64(w[used%4]) * uint64(i+1) >> 32
		dst[i], dst[j] = dst[j], dst[i]
	}
}
