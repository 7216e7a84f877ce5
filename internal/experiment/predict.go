package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/score"
	"github.com/symvi/symvi/internal/tableout"
)

// PredictOptions says what is predicted.
type PredictOptions struct {
	// Data are the rows: a table with the training's input columns, or images, whose test
	// part is predicted.
	Data string
	// Samples is the number of posterior samples.
	Samples int
	// Quantiles are levels between 0 and 1, of real targets only; DefaultQuantiles says that
	// nobody asked for them, so that they do not matter to a model of classes.
	Quantiles        []float64
	DefaultQuantiles bool
	// Draws is the number of draws of the function and of the target.
	Draws int
	// Keep names columns of the table that go before the predictions.
	Keep []string
	// Seed decides the samples.
	Seed int64
}

// Predict predicts rows with the posterior of a run directory or a model.safetensors file, in
// their order and in bounded memory. begin makes a writer for the columns that there will be.
func (r *Runner) Predict(ctx context.Context, run string, o PredictOptions,
	begin func([]tableout.Column) (tableout.Writer, error)) error {
	model, err := r.loadModel(run)
	if err != nil {
		return err
	}
	softmax := model.posterior[0].Model.Likelihood.IsSoftmax()
	if softmax && o.DefaultQuantiles {
		o.Quantiles = nil
	}
	if err := o.validate(softmax); err != nil {
		return err
	}
	rows, err := await(ctx, func() (rowSource, error) { return r.openRows(model, o) })
	if err != nil {
		return err
	}
	done, err := r.predict(ctx, model, o, rows, begin)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = &InterruptedError{Rows: done, Cause: err}
	}
	return cmp.Or(err, rows.close())
}

func (o PredictOptions) validate(softmax bool) error {
	if o.Data == "" {
		return &SettingError{"data", "", "say which rows to predict"}
	}
	if o.Samples < 1 || o.Samples > maxCount {
		return &SettingError{"samples", fmt.Sprint(o.Samples),
			fmt.Sprintf("want an integer between 1 and %d", maxCount)}
	}
	if o.Draws < 0 || o.Draws > o.Samples {
		return &SettingError{"draws", fmt.Sprint(o.Draws),
			fmt.Sprintf("want an integer between 0 and %d, the number of samples", o.Samples)}
	}
	if o.Seed < 0 {
		return &SettingError{"seed", fmt.Sprint(o.Seed), "want an integer between 0 and 2^63-1"}
	}
	if softmax && o.Quantiles != nil {
		return &SettingError{"quantiles", levels(o.Quantiles),
			"the model predicts a class, which has no quantiles"}
	}
	seen := map[string]bool{}
	for _, p := range o.Quantiles {
		if !(p > 0 && p < 1) {
			return &SettingError{"quantiles", fmt.Sprint(p), "want numbers between 0 and 1"}
		}
		name := quantileName(p)
		if seen[name] {
			return &SettingError{"quantiles", levels(o.Quantiles),
				"two levels give a column " + name + "; want each once"}
		}
		seen[name] = true
	}
	return nil
}

// levels writes a list of levels as the flag has them.
func levels(quantiles []float64) string {
	words := make([]string, len(quantiles))
	for i, p := range quantiles {
		words[i] = strconv.FormatFloat(p, 'g', -1, 64)
	}
	return strings.Join(words, ",")
}

// predict returns how many rows were written.
func (r *Runner) predict(ctx context.Context, model *trained, o PredictOptions, rows rowSource,
	begin func([]tableout.Column) (tableout.Writer, error)) (done int, err error) {
	options := bnn.PredictOptions{Samples: o.Samples, Seed: uint64(o.Seed), Quantiles: o.Quantiles,
		Draws: o.Draws, Processes: r.Processes}
	options.TargetMean, options.TargetStd = model.from.schema.TargetScale()
	p, err := model.posterior.Predictor(r.Device, options)
	if err != nil {
		return done, err
	}
	defer p.Close()
	out := newPredictedColumns(&model.from.schema, o, rows.kept())
	if err := out.checkKept(len(rows.kept())); err != nil {
		return done, err
	}
	w, err := begin(out.columns)
	if err != nil {
		return done, err
	}
	for {
		x, kept, err := rows.next(ctx)
		if errors.Is(err, io.EOF) {
			return done, w.Close()
		}
		if err != nil {
			return done, err
		}
		prediction, err := p.Predict(ctx, bnn.Data{X: x})
		if err != nil {
			return done, err
		}
		if err := w.Write(prediction.N, out.values(prediction, kept)); err != nil {
			return done, err
		}
		done += prediction.N
		if r.Watch.Score != nil {
			r.Watch.Score("rows", done, rows.total())
		}
	}
}

// predictedColumns are the columns of a table of predictions.
type predictedColumns struct {
	schema  *dataset.Schema
	options PredictOptions
	columns []tableout.Column
}

func newPredictedColumns(s *dataset.Schema, o PredictOptions, kept []string) *predictedColumns {
	p := &predictedColumns{schema: s, options: o}
	for _, name := range kept {
		p.columns = append(p.columns, tableout.Column{Name: name, Text: true})
	}
	if s.Task == dataset.Classify {
		p.addClasses()
		return p
	}
	for _, t := range s.TargetNames() {
		p.add(t+"_mean", t+"_noise_sd", t+"_model_sd")
		for _, level := range o.Quantiles {
			p.add(t + "_" + quantileName(level))
		}
		if o.Draws > 0 {
			p.columns = append(p.columns, tableout.Column{Name: t + "_f", Width: o.Draws},
				tableout.Column{Name: t + "_y", Width: o.Draws})
		}
	}
	return p
}

// checkKept reports a kept column, of which there are so many, with the name of another one.
func (p *predictedColumns) checkKept(kept int) error {
	seen := map[string]bool{}
	for i, c := range slices.Backward(p.columns) {
		if i < kept && seen[c.Name] {
			return &SettingError{"keep", c.Name, "another column of the output has this name: keep a " +
				"column once, and none that is called like a prediction"}
		}
		seen[c.Name] = true
		for _, name := range c.Names() {
			seen[name] = true
		}
	}
	return nil
}

func (p *predictedColumns) addClasses() {
	names := p.classNames()
	for _, class := range names {
		p.add("p_" + class)
	}
	p.columns = append(p.columns, tableout.Column{Name: "class", Text: true})
	p.add("entropy", "aleatoric", "mutual_information")
	if p.options.Draws == 0 {
		return
	}
	for _, class := range names {
		p.columns = append(p.columns, tableout.Column{Name: "p_" + class + "_f", Width: p.options.Draws})
	}
	p.columns = append(p.columns, tableout.Column{Name: "class_y", Width: p.options.Draws, Text: true})
}

func (p *predictedColumns) add(names ...string) {
	for _, name := range names {
		p.columns = append(p.columns, tableout.Column{Name: name})
	}
}

// classNames are the schema's, or numbers.
func (p *predictedColumns) classNames() []string {
	if p.schema.ClassNames != nil {
		return p.schema.ClassNames
	}
	names := make([]string, p.schema.Outputs)
	for c := range names {
		names[c] = fmt.Sprint(c)
	}
	return names
}

// quantileName is q05 for 0.05 and q97.5 for 0.975.
func quantileName(level float64) string {
	percent := strconv.FormatFloat(100*level, 'g', 12, 64)
	if 100*level < 10 {
		percent = "0" + percent
	}
	return "q" + percent
}

// values are the columns' values of some rows.
func (p *predictedColumns) values(r *bnn.Prediction, kept [][]string) []tableout.Values {
	var values []tableout.Values
	floats := func(x ...[]float64) {
		for _, x := range x {
			values = append(values, tableout.Values{Floats: x})
		}
	}
	for j := range keptWidth(kept) {
		texts := make([]string, r.N)
		for i, row := range kept {
			texts[i] = row[j]
		}
		values = append(values, tableout.Values{Texts: texts})
	}
	draws := p.options.Draws
	if p.schema.Task == dataset.Classify {
		names := p.classNames()
		for c := range names {
			floats(part(r.Mean, c, len(names), 1))
		}
		values = append(values, tableout.Values{Texts: bestClasses(r, names)})
		floats(r.Entropy, r.Aleatoric, r.Information)
		if draws > 0 {
			for c := range names {
				floats(part(r.DrawsOfF, c, len(names), 1))
			}
			values = append(values, tableout.Values{Texts: labelNames(r.DrawsOfLabel, names)})
		}
		return values
	}
	targets, levels := len(p.schema.Targets), len(p.options.Quantiles)
	for j := range targets {
		floats(part(r.Mean, j, targets, 1), part(r.NoiseSD, j, targets, 1),
			part(r.ModelSD, j, targets, 1))
		for k := range levels {
			floats(part(r.Quantiles, j*levels+k, targets*levels, 1))
		}
		if draws > 0 {
			floats(part(r.DrawsOfF, j, targets, draws), part(r.DrawsOfY, j, targets, draws))
		}
	}
	return values
}

func keptWidth(kept [][]string) int {
	if len(kept) == 0 {
		return 0
	}
	return len(kept[0])
}

// part is item j of every group of so many items, each of the given size.
func part(x []float64, j, group, size int) []float64 {
	if group == 1 {
		return x
	}
	out := make([]float64, 0, len(x)/group)
	for row := range slices.Chunk(x, group*size) {
		out = append(out, row[j*size:(j+1)*size]...)
	}
	return out
}

// bestClasses are the names of the most probable classes, the first of equals.
func bestClasses(r *bnn.Prediction, names []string) []string {
	best := make([]string, 0, r.N)
	for row := range slices.Chunk(r.Mean, len(names)) {
		best = append(best, names[score.Best(row)])
	}
	return best
}

func labelNames(labels []int32, names []string) []string {
	texts := make([]string, len(labels))
	for i, label := range labels {
		texts[i] = names[label]
	}
	return texts
}
