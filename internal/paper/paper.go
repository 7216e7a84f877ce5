// Package paper remakes the figures and tables of Gelberg et al. (2024) and judges them
// against the paper's own numbers. Nothing but the reproduction needs it.
package paper

import (
	"fmt"

	"github.com/symvi/symvi/internal/experiment"
	"github.com/symvi/symvi/internal/paper/tractable"
	"github.com/symvi/symvi/internal/report"
	"github.com/symvi/symvi/internal/studies"
)

// Settings are those that the paper leaves open.
type Settings struct {
	// Preset names the settings of Table 1's trainings.
	Preset string
	// Tractable are the settings of Figure 4 and Tables 2 and 3.
	Tractable tractable.Settings
}

// Default are the paper's settings as far as they are known.
func Default() Settings { return Settings{Preset: "paper", Tractable: tractable.Paper()} }

// options are those of a study of the paper.
type options struct {
	studies.Options
	Settings
}

// definition is a study with its settings still open.
type definition struct {
	name, title string
	cells       func(options) []studies.Cell
	section     func(options, studies.Store) (*report.Section, error)
}

var definitions = []definition{
	{"fig2", "Figure 2: where q goes between two modes", figure2Cells, figure2},
	{"fig3", "Figure 3: spread and KL between two modes", figure2Cells, figure3},
	{"fig4", "Figure 4: the tractable posterior", figure4Cells, figure4},
	{"fig5", "Figure 5: the jump scales with the modes' width", figure5Cells, figure5},
	{"table1", "Table 1: test accuracy on MNIST", table1Cells, table1},
	{"table2", "Table 2: test error of the tractable posterior", tractableCells, table2},
	{"table3", "Table 3: ELBO of the tractable posterior", tractableCells, table3},
	{"theorem31", "Theorem 3.1: equivalent modes come close in wide networks", theorem31Cells,
		theorem31},
}

// Studies are the paper's figures, tables and theorem, in its order.
func (s Settings) Studies() []studies.Study {
	all := make([]studies.Study, len(definitions))
	for i, d := range definitions {
		all[i] = studies.Study{Name: d.name, Title: d.title,
			Cells: func(o studies.Options) []studies.Cell { return d.cells(options{o, s}) },
			Section: func(o studies.Options, store studies.Store) (*report.Section, error) {
				return d.section(options{o, s}, store)
			}}
	}
	return all
}

// Validate says what is wrong with the settings.
func (s Settings) Validate() error {
	if _, err := experiment.Preset(s.Preset, experiment.Default()); err != nil {
		return err
	}
	t := s.Tractable
	for _, v := range []struct {
		key   string
		value float64
		ok    bool
	}{
		{"noise", t.Noise, t.Noise > 0},
		{"prior-std", t.PriorStd, t.PriorStd > 0},
		{"init-std", t.InitStd, t.InitStd > 0},
		{"init-mean-std", t.InitMeanStd, t.InitMeanStd >= 0},
		{"samples", float64(t.Samples), t.Samples > 0},
		{"epochs", float64(t.Epochs), t.Epochs > 0},
	} {
		if !v.ok {
			return &experiment.SettingError{Key: v.key, Value: fmt.Sprint(v.value),
				Problem: "want a positive number"}
		}
	}
	return t.Validate()
}
