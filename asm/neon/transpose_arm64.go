package neon

// Transpose packs n rows of src as columns, the last one repeated up to column ld-1:
//
//	for p := range k {
//		for j := range ld {
//			dst[p*ld+j] = src[min(j, n-1)*lds+p]
//		}
//	}
//
// ld is a multiple of 4 and n is at least 1.
//
//go:noescape
func Transpose(dst []float32, ld int, src []float32, lds int, k, n int)
