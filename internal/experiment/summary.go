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
	Steps      int    `json:"steps"`
	Members    int    `json:"members"`
	// Used is how many of Hidden neurons the next layer listens to, over all members.
	Used   int `json:"used_neurons"`
	Hidden int `json:"hidden_neurons"`
	// Rising says that the objective was still rising at the end, and Worse that it is lower than
	// before training.
	Rising bool  `json:"rising,omitempty"`
	Worse  bool  `json:"worse,omitempty"`
	Seed   int64 `json:"seed"`
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

// summarize writes the summary; with it the run is finished.
func (j *job) summarize(scores *Scores) (*Summary, error) {
	first := j.members[0]
	s := &Summary{Dir: j.dir.path, Version: j.Version, Device: j.Device.Name(), Data: j.data.Name,
		Task:      j.config.Task,
		TrainRows: j.trainRows.N, TestRows: j.data.Test.N, Widths: j.model.Network.Widths,
		Parameters: j.model.Network.Parameters(),
		Epochs:     len(first.epochs), Steps: first.doneSteps(), Members: j.config.Members,
		Hidden: scores.Hidden, Used: scores.Used, Rising: first.rising, Worse: j.worse,
		Seed:    j.config.Seed,
		Seconds: j.seconds(), Scores: *scores, LastEpoch: first.epochs[len(first.epochs)-1],
		Settings: map[string]any{}, Table: j.data.Report, LogPermutations: scores.LogPermutations,
		Explanation: scores.Explanation}
	for _, setting := range settings {
		s.Settings[setting.Key] = j.config.value(setting).Interface()
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.dir.file(summaryName), err)
	}
	return s, files.Write(j.dir.file(summaryName), seal.JSON(append(text, '\n')))
}

// seconds is the training time of all members, added up.
func (j *job) seconds() float64 {
	total := 0.0
	for _, t := range j.members {
		total += seconds(t.epochs)
	}
	return total
}

// readSummary reads the summary of a finished run.
func (d *runDir) readSummary() (*Summary, error) {
	path := d.file(summaryName)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	s := &Summary{Dir: d.path, Used: -1}
	if _, err := seal.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and resume to have it made again", path, err)
	}
	if err := seal.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and resume to have it made again", path, err)
	}
	s.Scores.Hidden, s.Scores.Used = s.Hidden, s.Used
	s.Scores.LogPermutations, s.Scores.TestRows = s.LogPermutations, s.TestRows
	s.Scores.Explanation, s.Scores.On = s.Explanation, "test rows"
	return s, nil
}

// removeSummary unfinishes a run that goes on.
func (d *runDir) removeSummary() error {
	if err := os.Remove(d.file(summaryName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", d.file(summaryName), files.Cause(err))
	}
	return nil
}
