package bnn

import (
	"fmt"

	"github.com/symvi/symvi/internal/ref"
)

// Schedule says how the learning rate changes during a training.
type Schedule string

const (
	// ScheduleConstant keeps it. The default.
	ScheduleConstant Schedule = "constant"
	// ScheduleCosine lets it fall to 0 as half a period of a cosine (Loshchilov & Hutter 2017):
	// the noise of the gradients goes out of the posterior towards the end.
	ScheduleCosine Schedule = "cosine"
)

func (s Schedule) validate() error {
	if s != ScheduleConstant && s != ScheduleCosine {
		return fmt.Errorf("schedule %q: unknown; want %s or %s", s, ScheduleConstant, ScheduleCosine)
	}
	return nil
}

// rate is the share of the learning rate at the step after done of total ones. The cosine is
// ½(1 + cos πx) = cos²(πx/2) with the float32 cosine of internal/ref, whose argument is in
// units of 2⁻³² of a turn, so that every platform takes the same steps.
func (s Schedule) rate(done, total int) float64 {
	if s != ScheduleCosine {
		return 1
	}
	_, c := ref.SinCos2Pi(uint32(float64(done) / float64(total) * (1 << 30)))
	return float64(c) * float64(c)
}

// rate is the learning rate at the step after done of total ones.
func (o *FitOptions) rate(done, total int) float64 {
	return o.LearningRate * o.Schedule.rate(done, total)
}

// klWeight is the weight of the KL divergence at the step after done ones.
func (o *FitOptions) klWeight(done int) float64 {
	if done+1 >= o.KLWarmup {
		return o.KLWeight
	}
	return o.KLWeight * float64(done+1) / float64(o.KLWarmup)
}

// scaleWarmup is the number of steps in which a heteroscedastic noise stays constant.
func (o *FitOptions) scaleWarmup(total int) int {
	switch {
	case o.ScaleWarmup < 0, o.ScaleWarmup == 0 && o.Start != nil:
		return 0
	case o.ScaleWarmup == 0:
		return total / 2
	}
	return o.ScaleWarmup
}

// batchEnds deals n data into ⌈n/most⌉ minibatches whose sizes differ by at most one, the
// larger ones first, and returns where they end.
func batchEnds(n, most int) []int {
	count := (n + most - 1) / most
	ends := make([]int, count)
	end := 0
	for i := range ends {
		end += n / count
		if i < n%count {
			end++
		}
		ends[i] = end
	}
	return ends
}
