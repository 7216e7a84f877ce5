package neon

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Each instruction that simd_arm64.h encodes computes what its name says, lane by lane.
func TestSIMDInstructions(t *testing.T) {
	f32 := math.Float32frombits
	bits := math.Float32bits
	tests := []struct {
		name string
		s4   func(n, m uint32) uint32       // on each 32-bit lane, or
		d2   func(n, m uint64) uint64       // on each 64-bit lane, or
		wide func(n, m [4]uint32) [2]uint64 // from 32-bit lanes to 64-bit ones
	}{
		{name: "VFADD_S4", s4: func(n, m uint32) uint32 { return bits(f32(n) + f32(m)) }},
		{name: "VFSUB_S4", s4: func(n, m uint32) uint32 { return bits(f32(n) - f32(m)) }},
		{name: "VFMUL_S4", s4: func(n, m uint32) uint32 { return bits(f32(n) * f32(m)) }},
		{name: "VFDIV_S4", s4: func(n, m uint32) uint32 { return bits(f32(n) / f32(m)) }},
		{name: "VFMAX_S4", s4: func(n, m uint32) uint32 { return bits(max(f32(n), f32(m))) }},
		{name: "VFMIN_S4", s4: func(n, m uint32) uint32 { return bits(min(f32(n), f32(m))) }},
		{name: "VFADD_D2", d2: on64(func(n, m float64) float64 { return n + m })},
		{name: "VFSUB_D2", d2: on64(func(n, m float64) float64 { return n - m })},
		{name: "VFMUL_D2", d2: on64(func(n, m float64) float64 { return n * m })},
		{name: "VFDIV_D2", d2: on64(func(n, m float64) float64 { return n / m })},
		{name: "VFMAX_D2", d2: on64(func(n, m float64) float64 { return max(n, m) })},
		{name: "VFMIN_D2", d2: on64(func(n, m float64) float64 { return min(n, m) })},
		{name: "VFSQRT_S4", s4: func(n, _ uint32) uint32 {
			return bits(float32(math.Sqrt(float64(f32(n)))))
		}},
		{name: "VFABS_S4", s4: func(n, _ uint32) uint32 { return n &^ (1 << 31) }},
		{name: "VFCMGT_S4", s4: func(n, m uint32) uint32 { return uint32(ones(f32(n) > f32(m))) }},
		{name: "VFCMGT_D2", d2: func(n, m uint64) uint64 {
			return ones(math.Float64frombits(n) > math.Float64frombits(m))
		}},
		{name: "VFCMEQ0_S4", s4: func(n, _ uint32) uint32 { return uint32(ones(f32(n) == 0)) }},
		{name: "VFCMLT0_S4", s4: func(n, _ uint32) uint32 { return uint32(ones(f32(n) < 0)) }},
		{name: "VFCMLE0_S4", s4: func(n, _ uint32) uint32 { return uint32(ones(f32(n) <= 0)) }},
		{name: "VSCVTF_S4", s4: func(n, _ uint32) uint32 { return bits(float32(int32(n))) }},
		{name: "VSCVTFIX_S4 30", s4: func(n, _ uint32) uint32 {
			return bits(float32(int32(n)) * 0x1p-30)
		}},
		{name: "VUCVTFIX_S4 32", s4: func(n, _ uint32) uint32 { return bits(float32(n) * 0x1p-32) }},
		{name: "VFCVTL_D2", wide: func(n, _ [4]uint32) [2]uint64 {
			return [2]uint64{math.Float64bits(float64(f32(n[0]))), math.Float64bits(float64(f32(n[1])))}
		}},
		{name: "VFCVTL2_D2", wide: func(n, _ [4]uint32) [2]uint64 {
			return [2]uint64{math.Float64bits(float64(f32(n[2]))), math.Float64bits(float64(f32(n[3])))}
		}},
		{name: "VSSHR_S4 23", s4: func(n, _ uint32) uint32 { return uint32(int32(n) >> 23) }},
		{name: "VSSHR_D2 23", d2: func(n, _ uint64) uint64 { return uint64(int64(n) >> 23) }},
		{name: "VUMULL_D2", wide: func(n, m [4]uint32) [2]uint64 {
			return [2]uint64{uint64(n[0]) * uint64(m[0]), uint64(n[1]) * uint64(m[1])}
		}},
		{name: "VUMULL2_D2", wide: func(n, m [4]uint32) [2]uint64 {
			return [2]uint64{uint64(n[2]) * uint64(m[2]), uint64(n[3]) * uint64(m[3])}
		}},
	}
	if len(tests) != simdChecks {
		t.Fatalf("%d tests of %d instructions", len(tests), simdChecks)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var n, m [4]uint32
		for i := range n {
			n[i], m[i] = wildBits(rng), wildBits(rng)
			if rng.IntN(4) == 0 {
				m[i] = n[i]
			}
		}
		n2, m2 := *(*[2]uint64)(unsafe.Pointer(&n)), *(*[2]uint64)(unsafe.Pointer(&m))
		var out [simdChecks][16]byte
		simdCheck(&out, (*[16]byte)(unsafe.Pointer(&n)), (*[16]byte)(unsafe.Pointer(&m)))
		for k, test := range tests {
			got4, got2 := *(*[4]uint32)(unsafe.Pointer(&out[k])), *(*[2]uint64)(unsafe.Pointer(&out[k]))
			if test.s4 != nil {
				for i := range got4 {
					if want := test.s4(n[i], m[i]); !same32(f32(got4[i]), f32(want)) {
						t.Errorf("%s of n = %#x, m = %#x is %#x, want %#x", test.name, n[i], m[i], got4[i], want)
					}
				}
				continue
			}
			want := [2]uint64{}
			if test.d2 != nil {
				want = [2]uint64{test.d2(n2[0], m2[0]), test.d2(n2[1], m2[1])}
			} else {
				want = test.wide(n, m)
			}
			for i := range got2 {
				if !same64(math.Float64frombits(got2[i]), math.Float64frombits(want[i])) {
					t.Errorf("%s of n = %#x, m = %#x is %#x, want %#x", test.name, n, m, got2, want)
				}
			}
		}
	}
}

func on64(f func(n, m float64) float64) func(n, m uint64) uint64 {
	return func(n, m uint64) uint64 {
		return math.Float64bits(f(math.Float64frombits(n), math.Float64frombits(m)))
	}
}

func ones(b bool) uint64 {
	if b {
		return math.MaxUint64
	}
	return 0
}

// wildBits draws special numbers, arbitrary bits and everyday numbers.
func wildBits(rng *rand.Rand) uint32 {
	switch rng.IntN(4) {
	case 0:
		return special[rng.IntN(len(special))] | uint32(rng.IntN(2))<<31
	case 1:
		return rng.Uint32()
	}
	return math.Float32bits(float32(rng.NormFloat64() * 5))
}

func same32(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func same64(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// special holds the bits of float32 at which implementations go wrong.
var special = []uint32{
	0, 1, 0x100, 0x7fffff, 0x800000, // 0, subnormal numbers, the least normal one
	0x0c000000, 0x1e000000, 0x2b800000, 0x33800000, // 2⁻¹⁰³, …, 2⁻⁴⁰, 2⁻²⁴
	0x3f000000, 0x3f1fffff, 0x3f200000, 0x3f2aaaab, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3faaaaab,
	0x3f317218, 0x40490fdb, 0x41100000, 0x41a00000,
	0x42aeac50, 0x42b17218, 0x42b20000, 0x42cff1b5, 0x42d20000, // where exp overflows and underflows
	0x47800000, 0x4b000000, 0x5f000000, 0x7f000000, 0x7f7fffff, 0x7f800000,
	0x7fc00000, 0x7f800001, // NaNs, quiet and signalling
}
