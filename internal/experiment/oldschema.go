package experiment

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/symvi/symvi/internal/dataset"
)

// oldSchema is the schema of a table in a checkpoint of version 1, which kept the standardisation
// as vectors: extra.input_mean and the like.
type oldSchema struct {
	Task     dataset.Task `json:"task"`
	Inputs   int          `json:"inputs"`
	Outputs  int          `json:"outputs"`
	Target   string       `json:"target"`
	Features []string     `json:"features"`
	Classes  []string     `json:"classes"`
}

// schema is the same in the terms of today: columns of numbers, none of them ever missing.
func (o oldSchema) schema(vectors map[string][]float32) (*dataset.Schema, error) {
	s := dataset.Schema{Task: o.Task, Inputs: o.Inputs, Outputs: o.Outputs, ClassNames: o.Classes,
		Missing: dataset.MissingError}
	mean, std := vectors["input_mean"], vectors["input_std"]
	if len(o.Features) != o.Inputs || len(mean) != o.Inputs || len(std) != o.Inputs {
		return nil, fmt.Errorf("schema: want names and a standardisation for %d inputs", o.Inputs)
	}
	for i, name := range o.Features {
		s.Columns = append(s.Columns, oldColumn(name, i, mean[i], std[i]))
	}
	target := dataset.Column{Name: o.Target, Number: o.Inputs + 1, Kind: dataset.KindText}
	if o.Task == dataset.Regress {
		mean, std := vectors["target_mean"], vectors["target_std"]
		if len(mean) != 1 || len(std) != 1 {
			return nil, fmt.Errorf("schema: want a standardisation of the target")
		}
		target = oldColumn(o.Target, o.Inputs, mean[0], std[0])
	}
	s.Targets, s.Width = []dataset.Column{target}, o.Inputs+1
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return dataset.ParseSchema(text)
}

// oldColumn subtracts nothing before the mean; its range is not known.
func oldColumn(name string, i int, mean, std float32) dataset.Column {
	origin := strconv.Itoa(0)
	const unknown = 1e300
	return dataset.Column{Name: name, Number: i + 1, Kind: dataset.KindNumber, Origin: origin,
		Mean: float64(mean), Std: float64(std), Min: -unknown, Max: unknown}
}
