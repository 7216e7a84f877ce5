package studies

import (
	"fmt"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/experiment"
)

// Label is a method for a reader.
func Label(m experiment.Method) string {
	switch m.Estimator {
	case bnn.EstimatorNone:
		return "MFVI"
	case bnn.EstimatorUniform:
		return fmt.Sprintf("uniform K = %d", m.Permutations)
	case bnn.EstimatorImportance:
		return fmt.Sprintf("importance K = %d", m.Permutations)
	}
	return string(m.Estimator)
}

// FileName is a method as part of a file's name.
func FileName(m experiment.Method) string {
	if m.Permutations == 0 {
		return string(m.Estimator)
	}
	return fmt.Sprintf("%s%d", m.Estimator, m.Permutations)
}
