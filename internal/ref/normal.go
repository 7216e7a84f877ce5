package ref

// Key names one sequence of random numbers. Everything drawn is a pure function of
// the key and a position, so any device, thread or split of the work can
// regenerate any part. Use a Stream for one purpose only: Normals and Permutation
// read the same words.
type Key struct {
	Seed                 uint64
	Stream, Step, Sample uint32
}

// Words returns the four random words of a block: Philox with counter
// {block, Stream, Step, Sample} and the seed, low half first, as its key.
func (k Key) Words(block uint32) [4]uint32 {
	w0, w1, w2, w3 := k.words(block)
	return [4]uint32{w0, w1, w2, w3}
}

func (k Key) words(block uint32) (w0, w1, w2, w3 uint32) {
	return philox(block, k.Stream, k.Step, k.Sample, uint32(k.Seed), uint32(k.Seed>>32))
}

// Element e of the noise vector is output word (e/16) mod 4 of block
// 16·(e/64) + e mod 16: sixteen lanes, one block each, fill a group of 64 elements
// in four rows, and no implementation has to transpose.
const (
	lanes = 16
	group = 4 * lanes
)

// Normal returns element e ≥ 0 of the key's vector of standard normal numbers;
// e < 2³⁴.
func (k Key) Normal(e int) float32 {
	z := Normal4(k.Words(uint32(e/group*lanes + e%lanes)))
	return z[e/lanes%4]
}

// Normals fills dst with the elements first … first+len(dst)−1.
func (k Key) Normals(dst []float32, first int) {
	g := first / group
	from := first - g*group // the next element's place in its group
	for ; len(dst) > 0; g++ {
		n := min(len(dst), group-from)
		if n == group {
			k.normalGroup((*[group]float32)(dst), uint32(g*lanes))
		} else {
			k.normalPart(dst[:n], uint32(g*lanes), from)
		}
		dst = dst[n:]
		from = 0
	}
}

// normalGroup computes a whole group, whose first block is given.
func (k Key) normalGroup(dst *[group]float32, block uint32) {
	for lane := range lanes {
		w0, w1, w2, w3 := k.words(block + uint32(lane))
		dst[lane], dst[lane+lanes] = boxMuller(w0, w1)
		dst[lane+2*lanes], dst[lane+3*lanes] = boxMuller(w2, w3)
	}
}

// normalPart computes the elements from … from+len(dst)−1 of a group.
func (k Key) normalPart(dst []float32, block uint32, from int) {
	for i := range min(lanes, len(dst)) {
		z := Normal4(k.Words(block + uint32((from+i)%lanes)))
		for ; i < len(dst); i += lanes {
			dst[i] = z[(from+i)/lanes]
		}
	}
}

// Normal4 turns the words of a block into four standard normal numbers by the
// method of Box & Muller (1958): words 0 and 1 make a pair, 2 and 3 another.
func Normal4(w [4]uint32) [4]float32 {
	z0, z1 := boxMuller(w[0], w[1])
	z2, z3 := boxMuller(w[2], w[3])
	return [4]float32{z0, z1, z2, z3}
}

// boxMuller returns √(−2 log u)·(cos φ, sin φ) with u = (a + ½)/2³² and
// φ = 2π·b/2³². u keeps 32 bits below ½, so |z| reaches 6.76; u may round to 1,
// which gives zeros.
func boxMuller(a, b uint32) (z0, z1 float32) {
	u := float32(a)*0x1p-32 + 0x1p-33 // the product is exact: fused or not is the same
	r := Sqrt(-2 * logNormal(u, 0))
	s, c := SinCos2Pi(b)
	return float32(r * c), float32(r * s)
}
