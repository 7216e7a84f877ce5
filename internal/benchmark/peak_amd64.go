//go:build !purego

package benchmark

import (
	"github.com/symvi/symvi/asm/avx2"
	"github.com/symvi/symvi/asm/avx512"
)

var vectorLoops = map[string]loops{
	"avx2":   {avx2.PeakFlops, avx2.Peak, avx2.Copy},
	"avx512": {avx512.PeakFlops, avx512.Peak, avx512.Copy},
}
