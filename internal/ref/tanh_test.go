package ref

import (
	"math"
	"testing"
)

func TestTanh(t *testing.T) { testUlps(t, Tanh, math.Tanh, 1.34) }
