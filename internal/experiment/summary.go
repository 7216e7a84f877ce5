package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/seal"
)

// Summary is summary.json, written when a run is finished.
type Summary struct {
	Dir        string `json:"-"`
	Version    string `json:"version"`
	Device     string `json:"device"`
	Data       string `json:"data"`
	Task       string `json:"task"`
	TrainRows  int    `json:"train_rows"`
	TestRows   int    `json:"test_rows"`
	Widths     []int  `json:"widths"`
	Parameters int    `json:"parameters"`
	Epochs     int    `json:"epochs"`
	Seed       int64  `json:"seed"`
	// Seconds is the training time: the sum over metrics.jsonl.
	Seconds float64 `json:"seconds"`
	// Table is what was understood of a table, nil for images.
	Table *dataset.Report `json:"table,omitempty"`
	// Scores are of the final posterior, with the settings' eval-samples.
	Scores Scores `json:"scores"`
	// LastEpoch holds the terms of the objective during the last epoch.
	LastEpoch Epoch          `json:"last_epoch"`
	Settings  map[string]any `json:"settings"`
	// LogPermutations is log K for the uniform estimator, else 0.
	LogPermutations float64 `json:"log_permutations"`
	// Explanation says in words what symmetrisation does for the posterior.
	Explanation string `json:"explanation"`
}

// summarise writes the summary; with it the run is finished.
func (t *training) summarise(scores *Scores) (*Summary, error) {
	s := &Summary{Dir: t.dir.path, Version: t.Version, Device: t.Device.Name(), Data: t.data.Name, Task: t.config.Task,
		TrainRows: t.data.Train.N, TestRows: t.data.Test.N, Widths: t.model.Network.Widths, Parameters: t.model.Network.Parameters(),
		Epochs: t.config.Epochs, Seed: t.config.Seed, Seconds: seconds(t.epochs), Scores: *scores, LastEpoch: t.epochs[len(t.epochs)-1],
		Settings: map[string]any{}, Table: t.data.Report, LogPermutations: scores.LogPermutations, Explanation: scores.Explanation}
	for _, setting := range settings {
		s.Settings[setting.Key] = t.config.value(setting).Interface()
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.dir.file(summaryName), err)
	}
	return s, files.Write(t.dir.file(summaryName), seal.JSON(append(text, '\n')))
}

// readSummary reads the summary of a finished run.
func (d *runDir) readSummary() (*Summary, error) {
	path := d.file(summaryName)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	s := &Summary{Dir: d.path}
	if _, err := seal.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and resume to have it made again", path, err)
	}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and resume to have it made again", path, err)
	}
	s.Scores.LogPermutations, s.Scores.TestRows, s.Scores.Explanation, s.Scores.On = s.LogPermutations, s.TestRows, s.Explanation, "test rows"
	return s, nil
}

// removeSummary unfinishes a run that goes on.
func (d *runDir) removeSummary() error {
	if err := os.Remove(d.file(summaryName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", d.file(summaryName), files.Cause(err))
	}
	return nil
}
