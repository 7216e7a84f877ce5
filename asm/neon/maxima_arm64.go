package neon

// Maxima returns u, the largest of c, −∞ for none, and makes v[j] the larger of v[j] and c[j] − u,
// v[j] where that is no number. c holds no NaN.
//
//go:noescape
func Maxima(v, c []float64) (u float64)
