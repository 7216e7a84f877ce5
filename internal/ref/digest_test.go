package ref

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"
)

// The bits of every function on a fixed sample of inputs, frozen: a change of a digest is a
// change of every result, and a build whose compiler fuses or reorders what it must not (arm64,
// GOAMD64=v3) shows here.
func TestDigests(t *testing.T) {
	single := func(f func(float32) float32) func(uint32) uint64 {
		return func(w uint32) uint64 { return bits32(f(math.Float32frombits(w))) }
	}
	double := func(f func(float64) float64) func(uint32) uint64 {
		return func(w uint32) uint64 {
			return bits64(f(float64(math.Float32frombits(w)) * (1 + 0x1p-40)))
		}
	}
	for _, c := range []struct {
		name string
		f    func(w uint32) uint64
		want uint64
	}{
		{"Exp", single(Exp), 0x3beb197c40d46f9a},
		{"Log", single(Log), 0x9560483e33c204e1},
		{"Log1p", single(Log1p), 0xd3972376a74d896e},
		{"Tanh", single(Tanh), 0x20fb42f7fdc33071},
		{"Softplus", single(Softplus), 0x6dae6d9b77babf9a},
		{"Sigmoid", single(Sigmoid), 0x97537076617f4e16},
		{"SinCos2Pi", func(w uint32) uint64 {
			s, c := SinCos2Pi(w)
			return bits32(s)<<32 | bits32(c)
		}, 0x108e2245016eef92},
		{"FMA", func(w uint32) uint64 {
			return bits32(FMA(fmaTriple(Key{}.Words(w))))
		}, 0x18541d27cace3ea6},
		{"Exp64", double(Exp64), 0x487768bf8ce84c6b},
		{"Log64", double(Log64), 0x1e9ea3970310bc9b},
		{"Normal", func(w uint32) uint64 {
			return bits32(Key{Step: w}.Normal(int(w >> 20)))
		}, 0xacdf58fe3ca03e58},
	} {
		h := fnv.New64a()
		for w := uint64(0); w < 1<<32; w += 65521 {
			binary.Write(h, binary.LittleEndian, c.f(uint32(w)))
		}
		if got := h.Sum64(); got != c.want {
			t.Errorf("%s: digest %#x, want %#x", c.name, got, c.want)
		}
	}
}

// bits32 returns the bits of x, one and the same for every NaN.
func bits32(x float32) uint64 {
	if x != x {
		return 0x7fc00000
	}
	return uint64(math.Float32bits(x))
}

func bits64(x float64) uint64 {
	if x != x {
		return 0x7ff8 << 48
	}
	return math.Float64bits(x)
}
