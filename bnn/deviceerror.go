package bnn

import (
	"fmt"

	"github.com/symvi/symvi/kernels"
)

// deviceError words the first error of some downloads: the others are the same one.
func deviceError(d kernels.Device, errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("device %s: %w", d.Name(), err)
		}
	}
	return nil
}
