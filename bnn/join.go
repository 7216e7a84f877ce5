package bnn

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"reflect"

	"github.com/symvi/symvi/kernels"
)

// join is the prediction whose rows several processes have made.
func (r *Prediction) join(c Communicator) (*Prediction, error) {
	if alone(c) {
		return r, nil
	}
	var mine bytes.Buffer
	if err := gob.NewEncoder(&mine).Encode(r); err != nil {
		return nil, fmt.Errorf("prediction: %w", err)
	}
	all := &Prediction{}
	for _, text := range c.Share(mine.Bytes()) {
		part := &Prediction{}
		if err := gob.NewDecoder(bytes.NewReader(text)).Decode(part); err != nil {
			return nil, fmt.Errorf("prediction: %w", err)
		}
		all.append(part)
	}
	return all, nil
}

// append adds the rows of another prediction, whose slices are all by row.
func (r *Prediction) append(o *Prediction) {
	r.N += o.N
	to, from := reflect.ValueOf(r).Elem(), reflect.ValueOf(o).Elem()
	for i := range to.NumField() {
		if f := to.Field(i); f.Kind() == reflect.Slice {
			f.Set(reflect.AppendSlice(f, from.Field(i)))
		}
	}
}

// join completes what the samples of all processes have found, given this one's samples.
func (e *elboEstimator) join(mine span) error {
	if alone(e.options.Processes) {
		return nil
	}
	for _, found := range []kernels.F64{e.logLikelihood, e.information, e.upper, e.spread} {
		if found == nil {
			continue
		}
		values, err := kernels.Read(found.Slice(mine.lo, mine.hi))
		if err != nil {
			return deviceError(e.scratch.device, err)
		}
		found.Upload(gather64(e.options.Processes, values))
	}
	return nil
}
