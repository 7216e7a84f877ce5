package experiment

import (
	"cmp"
	"fmt"
	"math"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/ref"
	"github.com/symvi/symvi/internal/score"
)

// OODScores say how well the predictions' uncertainty tells rows of another kind, the
// positives, from the test rows: for classes the entropy and the mutual information of class
// and weights, for real targets their standard deviation and the model's part of it.
type OODScores struct {
	Rows int `json:"rows"`
	// Share is that of the outliers among all rows: the AUPR of chance.
	Share       float64    `json:"share"`
	Entropy     *Detection `json:"entropy,omitempty"`
	Information *Detection `json:"mutual_information,omitempty"`
	SD          *Detection `json:"sd,omitempty"`
	ModelSD     *Detection `json:"model_sd,omitempty"`
}

// Detection is how well one score detects outliers, see package score.
type Detection struct {
	AUROC   float64 `json:"auroc"`
	AUROCSE float64 `json:"auroc_se"`
	AUPR    float64 `json:"aupr"`
	FPR95   float64 `json:"fpr95"`
	FPR95SE float64 `json:"fpr95_se"`
}

// outliers reads the rows of another kind, all of a table or the test part of images; nil for
// no path.
func (r *Runner) outliers(from *origin, path string) (t *dataset.Table, err error) {
	switch {
	case path == "":
		return nil, nil
	case from.schema.IsTable() != isTable(path):
		return nil, otherKind("ood", path, from)
	case !from.schema.IsTable():
		c := from.config
		c.Data = path
		split, err := r.read(c)
		if err != nil {
			return nil, err
		}
		if split.Test.Inputs != from.schema.Inputs {
			return nil, fmt.Errorf("%s: images of %d pixels, want %d as in training", path,
				split.Test.Inputs, from.schema.Inputs)
		}
		return split.Test, nil
	}
	reader, err := dataset.Open(path, &from.schema,
		dataset.ReadOptions{Targets: dataset.TargetsIgnored, DropMissing: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, reader.Close()) }()
	return reader.ReadAll()
}

// detect compares the predictions of test rows and of outliers.
func detect(test, outliers *bnn.Prediction) *OODScores {
	o := &OODScores{Rows: outliers.N}
	o.Share = float64(outliers.N) / float64(outliers.N+test.N)
	if test.Entropy != nil {
		o.Entropy = newDetection(test.Entropy, outliers.Entropy)
		o.Information = newDetection(test.Information, outliers.Information)
		return o
	}
	o.SD = newDetection(logSD(test, true), logSD(outliers, true))
	o.ModelSD = newDetection(logSD(test, false), logSD(outliers, false))
	return o
}

func newDetection(negative, positive []float64) *Detection {
	auroc, aurocSE := score.AUROC(negative, positive)
	fpr, fprSE := score.FPR95(negative, positive)
	d := &Detection{AUROC: auroc, AUROCSE: aurocSE, AUPR: score.AUPR(negative, positive),
		FPR95: fpr, FPR95SE: fprSE}
	if math.IsNaN(d.AUROCSE) { // of a single row, which JSON cannot say
		d.AUROCSE = 0
	}
	return d
}

// logSD is Σ_j log σ_j over a row's targets, which does not depend on their units; with the
// noise or of the model alone.
func logSD(p *bnn.Prediction, withNoise bool) []float64 {
	width := len(p.ModelSD) / p.N
	sum := make([]float64, p.N)
	for i, model := range p.ModelSD {
		sd := model
		if withNoise {
			noise := p.NoiseSD[i]
			sd = math.Sqrt(float64(model*model) + float64(noise*noise))
		}
		sum[i/width] += ref.Log64(sd)
	}
	return sum
}
