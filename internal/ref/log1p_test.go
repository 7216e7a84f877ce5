package ref

import (
	"math"
	"testing"
)

func TestLog1p(t *testing.T) { testUlps(t, Log1p, math.Log1p, 1.59) }
