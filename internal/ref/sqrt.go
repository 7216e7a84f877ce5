package ref

import "math"

// Sqrt is the correctly rounded float32 square root (rounding the float64 root
// once more is exact, since 53 ≥ 2·24+2).
func Sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
