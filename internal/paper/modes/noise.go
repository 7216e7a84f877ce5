package modes

import (
	"fmt"

	"github.com/symvi/symvi/internal/adam"
	"github.com/symvi/symvi/internal/ref"
)

// Options are the settings of the stochastic optimisation.
type Options struct {
	Seed         uint64         `json:"seed"`
	Samples      int            `json:"samples"` // S, reparametrised samples per step
	Steps        int            `json:"steps"`   // of Adam
	LearningRate float64        `json:"learning_rate"`
	Parameter    adam.Parameter `json:"parameter"`
}

const paperSteps = 3000

// Start is the q that an optimisation starts from.
type Start int

const (
	Unit   Start = iota // N(0, I), the paper's
	Scaled              // N(0, s²I), the mode at the origin itself
)

func (s Start) String() string {
	if s == Scaled {
		return "N(0, s²I)"
	}
	return "N(0, I)"
}

// sd is the standard deviation of the start in every coordinate.
func (s Start) sd(scale float64) float64 {
	if s == Scaled {
		return scale
	}
	return 1
}

// Paper are the paper's settings. It does not say how σ is parametrised: log σ, which makes the
// steps relative.
func Paper() Options {
	return Options{Samples: 5000, Steps: paperSteps, LearningRate: 1e-2}
}

// Quick are the paper's settings with a tenth of the samples.
func Quick() Options {
	o := Paper()
	o.Samples = 500
	return o
}

// Noise is the noise of all steps for one seed: common random numbers for every target. The
// samples along u are kept; of each other coordinate, whose gradients are linear in ω, only the
// mean and the mean square matter. It is safe for concurrent use.
type Noise struct {
	options Options
	dim     int
	along   []float32   // [step][sample]
	others  [][]summary // [step][coordinate − 1]
	first   []summary   // [step], of along
}

// summary holds the averages of ε and ε² over the samples of a step.
type summary struct{ mean, square float64 }

// noiseStream keeps these draws apart from the other uses of a seed.
const noiseStream = 0x6d6f6465

// Draw makes the noise for targets of dim dimensions: element k·S + i of step t's vector is
// sample i of coordinate k, so that the noise along u does not depend on dim. It takes
// 4·S·Steps bytes.
func Draw(o Options, dim int) (*Noise, error) {
	if o.Samples < 2 || o.Steps < 1 || dim < 1 || !(o.LearningRate > 0) {
		return nil, fmt.Errorf("modes: %d samples, %d steps, learning rate %v, dimension %d: "+
			"want at least 2 samples, a step, a positive rate and a dimension",
			o.Samples, o.Steps, o.LearningRate, dim)
	}
	n := &Noise{
		options: o, dim: dim, along: make([]float32, o.Samples*o.Steps),
		others: make([][]summary, o.Steps), first: make([]summary, o.Steps),
	}
	buf := make([]float32, o.Samples)
	for step := range o.Steps {
		key := o.key(step)
		e := n.step(step)
		key.Normals(e, 0)
		n.first[step] = summarize(e)
		n.others[step] = make([]summary, dim-1)
		for k := range n.others[step] {
			key.Normals(buf, (k+1)*o.Samples)
			n.others[step][k] = summarize(buf)
		}
	}
	return n, nil
}

func (o Options) key(step int) ref.Key {
	return ref.Key{Seed: o.Seed, Stream: noiseStream, Step: uint32(step)}
}

// step are the samples along u of a step.
func (n *Noise) step(i int) []float32 {
	return n.along[i*n.options.Samples : (i+1)*n.options.Samples]
}

func summarize(e []float32) (s summary) {
	for _, v := range e {
		x := float64(v)
		s.mean += x
		s.square += float64(x * x)
	}
	count := float64(len(e))
	return summary{s.mean / count, s.square / count}
}
