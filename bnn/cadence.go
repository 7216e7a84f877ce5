package bnn

import "math"

// cadence says in which steps of an epoch the information is evaluated. Where that takes much
// longer than the rest of a step, it is evaluated in the first of every so many steps, and its
// gradient counts for all of them: the minibatches are dealt anew in every epoch, so the mean
// over steps is that of evaluating it always. So it is where the last epoch found the information
// saturated, a constant without a gradient, until an epoch finds it otherwise. It depends on
// the shape of the training, the number of draws and the last epoch only, never on a clock.
type cadence struct {
	every, steps int // steps is an epoch's
}

// weight is for how many steps the evaluation after so many minibatches of the epoch counts; 0:
// there is none.
func (c cadence) weight(batch int) int {
	if batch%c.every != 0 {
		return 0
	}
	return min(c.every, c.steps-batch)
}

// evaluations is how many there are among the first minibatches of an epoch.
func (c cadence) evaluations(batches int) int { return (batches + c.every - 1) / c.every }

const (
	// cadenceShare is the most that evaluating may cost on average, in steps without it.
	cadenceShare = 2
	// cadenceAlways is the work that is done in every step whatever the step costs: about a
	// millisecond of one core.
	cadenceAlways = 75e6
	// cadenceMost bounds the length of a gradient that counts for many steps.
	cadenceMost = 32
	// cadenceSaturated is the least interval while the information is within saturatedMargin nats
	// of log |G|. Its gradient is as small, beside those of thousands of nats.
	cadenceSaturated = 16
	saturatedMargin  = 1e-6
)

// setCadence chooses it for the current number of draws, and the length of windows with it. Who
// asks for an estimator by name gets it in every step.
func (t *Trainer) setCadence() {
	defer t.setWindow()
	t.cadence = cadence{1, t.perEpoch}
	if t.drawn == nil || !t.drawn.follows() {
		return
	}
	step := stepWork(t.model.Network, t.options.Samples, t.batches[0].Len())
	term := float64(t.options.Samples) * drawnWork(t.model.Network, t.drawn.draws())
	if term > cadenceAlways {
		every := int(math.Ceil(min(term/(cadenceShare*step), cadenceMost)))
		t.cadence.every = every
	}
	if t.saturated {
		t.cadence.every = max(t.cadence.every, cadenceSaturated)
	}
	t.cadence.every = max(1, min(t.cadence.every, t.perEpoch))
}

// The work below is in float32 multiply-adds of a matrix product, of which a core with AVX2 does
// about 75 in a nanosecond; the factors are what the operations were measured to take.

// stepWork is about that of a step without symmetrization: three products a layer, and what
// happens to the parameters.
func stepWork(n Network, samples, rows int) float64 {
	p := float64(n.Parameters())
	return p * (3*float64(samples*rows) + 200*float64(samples+1))
}

// exactWork is about that of one weight vector's exact information.
func exactWork(n Network) float64 {
	const element = 20
	hidden := n.Hidden()
	if len(hidden) == 1 {
		return element * float64(hidden[0]) * math.Ldexp(1, hidden[0])
	}
	work := float64(n.groupOrder())
	for _, h := range hidden {
		work *= float64(h)
	}
	return element * work
}

// drawnWork is about that of one weight vector's information by so many draws, with its gradient.
func drawnWork(n Network, draws int) float64 {
	const (
		pair        = 20  // a parameter of a pair of neurons: its density and gradient
		draw        = 150 // an element of a row's choice
		sweep       = 20  // an element of a sweep over a matrix
		conditional = 8   // an element of a sum of conditional densities
		expected    = 20
		between     = 20 // a weight between two layers, for one draw
	)
	k, work := float64(draws), 0.0
	layers := n.layers()
	for i, l := range layers[:len(layers)-1] {
		width := float64(l.out)
		square := width * width
		d := 1.0
		if i == 0 {
			d += float64(l.in)
		}
		if i == len(layers)-2 {
			d += float64(layers[i+1].out)
		}
		work += pair * square * d
		proposals, prepared := 1.0, 30*sweep*square
		switch {
		case i > 0:
			below := float64(l.in)
			prepared *= k / 3
			work += k*(conditional*square*below+between*width*below) + 12*expected*width*below*(width+below)
		case len(layers) > 2:
			proposals = components
		}
		rescaled := 0.0
		if i == 0 && l.out >= resweepWidth {
			rescaled = sweep * square * width / (2 * defaultResweep)
		}
		work += proposals * (prepared + k*(draw*square+rescaled))
	}
	return work
}
