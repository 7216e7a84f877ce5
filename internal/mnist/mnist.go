// Package mnist embeds the MNIST handwritten digits of Yann LeCun and Corinna Cortes, so that
// nothing has to be downloaded.
//
// Source: http://yann.lecun.com/exdb/mnist/. Licence: Creative Commons Attribution-ShareAlike
// 3.0 (CC BY-SA 3.0). The files are the original IDX files, gzip-compressed; README.md lists
// the SHA-256 of their uncompressed bytes.
package mnist

import (
	"embed"

	"github.com/symvi/symvi/internal/dataset"
)

//go:embed *-ubyte.gz
var files embed.FS

// Load returns a fresh copy of the data, which the caller may change: 60000 training and 10000 test
// rows of 784 bytes (28×28 pixels, row by row, 0 for background to 255 for ink) with labels 0
// to 9. It takes about 56 MB of memory.
func Load() (*dataset.Split, error) {
	return dataset.ReadIDXFS(files, "mnist")
}
