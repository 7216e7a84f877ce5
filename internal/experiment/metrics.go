package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/seal"
)

// Epoch is a line of metrics.jsonl: the terms of the objective, averaged over the
// epoch's steps, in nats for the whole training set; of a regression in the target's units.
type Epoch struct {
	// Epoch counts from 1, and Steps are the optimizer steps done.
	Epoch int `json:"epoch"`
	Steps int `json:"steps,omitempty"`
	// ELBO is L_VI = LogLikelihood − KL; Symmetrized is L^G = L_VI + Information.
	ELBO          float64 `json:"elbo"`
	Symmetrized   float64 `json:"elbo_sym"`
	LogLikelihood float64 `json:"log_likelihood"`
	KL            float64 `json:"kl"`
	Information   float64 `json:"information"`
	// InformationUpper bounds the information from above; Permutations and ESS are the
	// draws of importance and what they are worth.
	InformationUpper float64 `json:"information_upper"`
	Permutations     int     `json:"permutations,omitempty"`
	ESS              float64 `json:"ess,omitempty"`
	Warning          string  `json:"warning,omitempty"`
	// ValidationNLL is that of the latest check of the validation rows, in nats per row.
	ValidationNLL float64 `json:"validation_nll,omitempty"`
	// Seconds is the wall time that the process which finished the epoch spent on
	// it, and SamplesPerSecond how many training rows it processed in that time.
	Seconds          float64 `json:"seconds"`
	SamplesPerSecond float64 `json:"samples_per_second"`
	// Device is where the epoch was computed, with its precision if that is not float32.
	Device string `json:"device"`

	// Member is the posterior's number, from 1, of Members; its file tells it.
	Member, Members int `json:"-"`
}

func newEpoch(s bnn.EpochStats, rows int, seconds float64, device string) Epoch {
	e := Epoch{Epoch: s.Epoch, Steps: s.Steps, ValidationNLL: s.ValidationNLL, ELBO: s.ELBO(),
		Symmetrized:   s.SymmetrizedELBO(),
		LogLikelihood: s.LogLikelihood, KL: s.KL, Information: s.Information, Seconds: seconds,
		Device:           device,
		InformationUpper: s.InformationUpper, Permutations: s.Permutations, ESS: s.ESS,
		Warning: s.Warning}
	if seconds > 0 {
		e.SamplesPerSecond = float64(rows) / seconds
	}
	return e
}

// writeMetrics replaces metrics.jsonl, and what a killed process left at its end.
func (d *runDir) writeMetrics(epochs []Epoch) error {
	text, err := encodeMetrics(epochs)
	if err != nil {
		return fmt.Errorf("%s: %w", d.file(metricsName), err)
	}
	return files.Write(d.file(metricsName), text)
}

// appendMetrics adds epochs to metrics.jsonl, which is there.
func (d *runDir) appendMetrics(epochs []Epoch) error {
	text, err := encodeMetrics(epochs)
	if err != nil {
		return fmt.Errorf("%s: %w", d.file(metricsName), err)
	}
	return files.Append(d.file(metricsName), text)
}

// encodeMetrics writes epochs as lines.
func encodeMetrics(epochs []Epoch) ([]byte, error) {
	var text bytes.Buffer
	for _, e := range epochs {
		line, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		text.Write(append(seal.JSON(line), '\n'))
	}
	return text.Bytes(), nil
}

// readMetrics reads the lines of the first done epochs; lines are added before the checkpoint is
// written, so a killed process may have left more, the last of them cut off. That of an epoch
// which the last step cut short is read too where finished says that there is one.
func (d *runDir) readMetrics(done int, finished bool) ([]Epoch, error) {
	path := d.file(metricsName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && done == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	var epochs []Epoch
	for line := range bytes.Lines(text) {
		if len(epochs) == done && !finished || len(epochs) > done {
			break
		}
		e, err := readEpoch(bytes.TrimSuffix(line, []byte("\n")))
		if err == nil && e.Epoch != len(epochs)+1 {
			err = fmt.Errorf("found those of epoch %d", e.Epoch)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: want the metrics of epoch %d of the %d in the checkpoint: %w",
				path, len(epochs)+1, len(epochs)+1, done, err)
		}
		epochs = append(epochs, e)
	}
	if len(epochs) < done {
		return nil, fmt.Errorf("%s:%d: want the metrics of epoch %d of the %d in the checkpoint: "+
			"the file ends",
			path, len(epochs)+1, len(epochs)+1, done)
	}
	return epochs, nil
}

// readEpoch parses a line of metrics, which older versions wrote without a checksum.
func readEpoch(line []byte) (e Epoch, err error) {
	if _, err := seal.CheckJSON(line); err != nil {
		return e, err
	}
	return e, seal.Unmarshal(line, &e)
}

func seconds(epochs []Epoch) float64 {
	total := 0.0
	for _, e := range epochs {
		total += e.Seconds
	}
	return total
}
