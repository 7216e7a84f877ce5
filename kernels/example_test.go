package kernels_test

import (
	"fmt"
	"log"

	"github.com/symvi/symvi/kernels"
	"github.com/symvi/symvi/kernels/cpu"
)

// A layer of a network for a minibatch of two rows: Y = max(X·Wᵀ + b, 0).
func Example() {
	d, err := cpu.New(cpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	upload := func(x ...float32) kernels.F32 {
		b := d.Float32(len(x))
		b.Upload(x)
		return b
	}
	x := upload(1, 2, 3, 4)
	w := upload(1, 0, 0, 1, -1, -1)
	y := d.Float32(2 * 3)
	d.Gemm(kernels.Gemm{Transpose: kernels.NT, Batch: 1, M: 2, N: 3, K: 2, A: x, LDA: 2, B: w, LDB: 2,
		C: y, LDC: 3, Bias: upload(0, 0, 10), Activation: kernels.ReLU})
	values, err := kernels.Read(y)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(values)
	// Output: [1 2 7 3 4 3]
}
