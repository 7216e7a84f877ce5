package ref

// Philox is Philox4x32-10, a counter-based generator: a bijection of the counter
// for every key (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC'11).
func Philox(ctr [4]uint32, key [2]uint32) [4]uint32 {
	w0, w1, w2, w3 := philox(ctr[0], ctr[1], ctr[2], ctr[3], key[0], key[1])
	return [4]uint32{w0, w1, w2, w3}
}

// philox is Philox on scalars, which stay in registers.
func philox(c0, c1, c2, c3, k0, k1 uint32) (w0, w1, w2, w3 uint32) {
	for range philoxRounds {
		p := PhiloxM0 * uint64(c0)
		q := PhiloxM1 * uint64(c2)
		c0, c1 = uint32(q>>32)^c1^k0, uint32(q)
		c2, c3 = uint32(p>>32)^c3^k1, uint32(p)
		k0 += PhiloxW0
		k1 += PhiloxW1
	}
	return c0, c1, c2, c3
}

const philoxRounds = 10

// The multipliers of Philox4x32, and what its two keys grow by from round to round.
const (
	PhiloxM0 = 0xd2511f53
	PhiloxM1 = 0xcd9e8d57
	PhiloxW0 = 0x9e3779b9 // golden ratio
	PhiloxW1 = 0xbb67ae85 // √3 − 1
)
