package ref

import (
	"math"
	"testing"
)

func TestExp(t *testing.T) { testUlps(t, Exp, math.Exp, 0.99) }
