package bnn

import (
	"math"

	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/kernels"
)

// classBlock adds up, sample after sample, the probabilities of a block's rows.
type classBlock struct {
	p            *Predictor
	b            rowBlock
	classes      int
	probability  []float64 // Σ_s p_s of the block in the prediction
	aleatoric    []float64 // Σ_s of the entropies
	largest, sum []float64 // log Σ_s p_s(label), see ref.LogSumExpAdd; nil without labels
	r            *Prediction
}

func (p *Predictor) newClassBlock(b rowBlock, r *Prediction) *classBlock {
	classes := p.model.Network.outputs()
	c := &classBlock{p: p, b: b, classes: classes, r: r}
	c.probability = r.Mean[b.lo*classes : (b.lo+b.rows)*classes]
	c.aleatoric = r.Aleatoric[b.lo : b.lo+b.rows]
	if b.labels != nil {
		c.largest, c.sum = make([]float64, b.rows), make([]float64, b.rows)
		for i := range c.largest {
			c.largest[i] = math.Inf(-1)
		}
	}
	return c
}

// add takes samples×rows×classes probabilities and, with labels, their losses.
func (k *classBlock) add(c chunk, probabilities, losses []float32) {
	k.p.eachRow(c.rows, c.samples*k.classes*entropyWork, func(_, lo, hi int) {
		for s := range c.samples {
			for i := lo; i < hi; i++ {
				row := probabilities[(s*c.rows+i)*k.classes:][:k.classes]
				k.addRow(c.lo+i, c.first+s, row)
			}
			if losses != nil {
				at := c.lo + lo
				of := losses[s*c.rows+lo : s*c.rows+hi]
				ref.LogSumExpAdd(k.largest[at:], k.sum[at:], of)
			}
		}
	})
}

// addRow takes the probabilities of one row and sample.
func (k *classBlock) addRow(row, sample int, probabilities []float32) {
	sums := k.probability[row*k.classes:][:k.classes]
	entropy := 0.0
	for c, p := range probabilities {
		sums[c] += float64(p)
		entropy -= plogp(float64(p))
	}
	k.aleatoric[row] += entropy
	draws := k.p.options.Draws
	if sample >= draws {
		return
	}
	at := (k.b.lo+row)*draws + sample
	for c, p := range probabilities {
		k.r.DrawsOfF[at*k.classes+c] = float64(p)
	}
	k.r.DrawsOfLabel[at] = k.p.drawLabel(k.b.first+row, sample, probabilities)
}

// drawLabel draws a class for a row of the series.
func (p *Predictor) drawLabel(row, sample int, probabilities []float32) int32 {
	key := kernels.Key{Seed: p.options.Seed, Stream: streamPredictTargets, Sample: uint32(sample)}
	total := 0.0
	for _, v := range probabilities {
		total += float64(v)
	}
	left := float64(total * (float64(key.Words(uint32(row / 4))[row%4]) + 0.5) * 0x1p-32)
	for c, v := range probabilities {
		if left -= float64(v); left < 0 {
			return int32(c)
		}
	}
	return int32(score.Best(probabilities)) // rounding left a rest
}

// plogp is p·log p, which is 0 at 0.
func plogp(p float64) float64 {
	if p == 0 {
		return 0
	}
	return float64(p * ref.Log64(p))
}

// finish turns sums into means. Rounding must not make information negative.
func (k *classBlock) finish() {
	s := float64(k.p.options.Samples)
	for i := range k.b.rows {
		probabilities := k.probability[i*k.classes:][:k.classes]
		entropy := 0.0
		for c := range probabilities {
			probabilities[c] /= s
			entropy -= plogp(probabilities[c])
		}
		k.aleatoric[i] /= s
		at := k.b.lo + i
		k.r.Entropy[at] = entropy
		k.r.Information[at] = max(0, entropy-k.aleatoric[i])
		if k.largest != nil {
			k.r.LogDensity[at] = k.largest[i] + ref.Log64(k.sum[i]/s)
		}
	}
}
