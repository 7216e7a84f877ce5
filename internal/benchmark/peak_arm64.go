//go:build !purego

package benchmark

import "github.com/symvi/symvi/asm/neon"

var vectorLoops = map[string]loops{"neon": {neon.PeakFlops, neon.Peak, neon.Copy}}
