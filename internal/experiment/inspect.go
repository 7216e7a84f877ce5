package experiment

import (
	"context"
	"path/filepath"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
)

// Inspection is all that a run's report shows.
type Inspection struct {
	Run    string
	Scores *Scores
	// Prediction is of the scored rows, and Rows are those, targets as the model sees them.
	Prediction *bnn.Prediction
	Rows       bnn.Data
	Schema     dataset.Schema
	// Posterior is the first of so many Members, whose mixture predicts.
	Posterior *bnn.Posterior
	Members   int
	// Outgoing is every member's and every hidden layer's, see bnn.Posterior.Outgoing.
	Outgoing [][][]float64
	// Epochs are those of metrics.jsonl; none for a model without a run directory.
	Epochs []Epoch
	// Rising and Worse are the summary's.
	Rising, Worse bool
	// Table is what was understood of a table, nil for images and where no summary tells.
	Table *dataset.Report
	// Settings are names and values in the order of Settings.
	Settings [][2]string
}

// ReportLevels are the quantiles that an inspection has: the ends of a central interval of 90 %.
var ReportLevels = []float64{0.05, 0.95}

// Inspect judges a posterior as Eval does and collects what there is to see.
func (r *Runner) Inspect(ctx context.Context, run string, o EvalOptions) (*Inspection, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	model, err := r.loadModel(run)
	if err != nil {
		return nil, err
	}
	if !model.posterior[0].Model.Likelihood.IsSoftmax() {
		o.Quantiles = ReportLevels
	}
	e, err := r.evaluate(ctx, model, o)
	if err != nil {
		return nil, err
	}
	i := &Inspection{Run: run, Scores: e.scores, Prediction: e.prediction,
		Rows:   Tensors(e.rows.scored),
		Schema: model.from.schema, Posterior: model.posterior[0], Members: len(model.posterior)}
	for _, q := range model.posterior {
		outgoing, err := q.Outgoing()
		if err != nil {
			return nil, err
		}
		i.Outgoing = append(i.Outgoing, outgoing)
	}
	config := model.from.config
	d := &runDir{path: filepath.Dir(model.path)}
	if d.has(configName) {
		if err := readRunConfig(d.file(configName), &config); err != nil {
			return nil, err
		}
	}
	if d.has(metricsName) && model.state != nil {
		if i.Epochs, err = d.readMetrics(model.state.Epoch, d.has(summaryName)); err != nil {
			return nil, err
		}
	}
	if d.has(summaryName) {
		summary, err := d.readSummary()
		if err != nil {
			return nil, err
		}
		i.Table, i.Rising, i.Worse = summary.Table, summary.Rising, summary.Worse
	}
	for _, s := range Settings() {
		i.Settings = append(i.Settings, [2]string{s.Key, config.Text(s)})
	}
	return i, nil
}
