package ref

import (
	"math"
	"testing"
)

func TestLog(t *testing.T) { testUlps(t, Log, math.Log, 0.84) }
