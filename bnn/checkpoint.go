package bnn

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"github.com/symvi/symvi/internal/files"
	"github.com/symvi/symvi/internal/seal"
	"github.com/symvi/symvi/kernels"
)

// Checkpoint is a trained or half-trained model as a safetensors file. Layer l
// (from 0) is stored as layers.l.weight_mu, layers.l.weight_rho (out×in) and
// layers.l.bias_mu, layers.l.bias_rho (out), learned noises as noise_rho and learned
// standard deviations of the prior as prior_std; the model and whatever the caller
// adds are in the file's metadata. Two equal checkpoints are equal files.
type Checkpoint struct {
	// Posterior is the current one; see Result.
	Posterior *Posterior
	// State, if not nil, lets a training go on from here.
	State *State
	// Vectors are the caller's own, such as the inputs' standardisation; they are
	// stored as extra.NAME.
	Vectors map[string][]float32
	// Metadata are the caller's own strings; keys that begin with "symvi." are reserved.
	Metadata map[string]string
	// Note is set by reading a file that an older version of this package wrote.
	Note string
}

// Result is the posterior to use: the best one by the validation rows of its training, if it
// had any, else the current one.
func (c *Checkpoint) Result() *Posterior {
	if c.State != nil && c.State.Best != nil {
		return c.State.Best.Posterior
	}
	return c.Posterior
}

const (
	checkpointFormat = "symvi.model/2"
	// oldFormat knew softmax and a fixed noise, one prior for all, and other minibatches.
	oldFormat   = "symvi.model/1"
	bestPrefix  = "best."
	reserved    = "symvi."
	extraPrefix = "extra."
)

// tensorName is the name of part ("weight_mu", …) of layer l.
func tensorName(l int, part string) string { return fmt.Sprintf("layers.%d.%s", l, part) }

// Write writes the checkpoint.
func (c *Checkpoint) Write(w io.Writer) error {
	if c == nil {
		return errors.New("checkpoint: nil, want one")
	}
	if err := c.Posterior.check(); err != nil {
		return err
	}
	tensors := map[string]safetensors.TensorView{}
	var errs []error
	put := func(name string, x []float32, shape ...int) {
		view, err := view32(x, shape...)
		tensors[name] = view
		errs = append(errs, err, finiteTensor(name, x))
	}
	put64 := func(name string, x []float64) {
		view, err := view64(x)
		tensors[name] = view
		errs = append(errs, err, finiteTensor(name, x))
	}
	posterior := func(prefix string, q *Posterior) {
		for i, l := range q.Model.Network.layers() {
			for suffix, x := range map[string][]float32{"mu": q.Mu, "rho": q.Rho} {
				put(prefix+tensorName(i, "weight_"+suffix), x[l.weight:l.bias], l.out, l.in)
				put(prefix+tensorName(i, "bias_"+suffix), x[l.bias:l.bias+l.out], l.out)
			}
		}
		if q.Noise != nil {
			put(prefix+"noise_rho", q.Noise, len(q.Noise))
		}
		if q.PriorStds != nil {
			put64(prefix+"prior_std", q.PriorStds)
		}
	}
	posterior("", c.Posterior)
	if s := c.State; s != nil {
		put("optimizer.exp_avg", s.Moment1, len(s.Moment1))
		put("optimizer.exp_avg_sq", s.Moment2, len(s.Moment2))
		put64("trainer.sums", s.Sums)
		if len(s.History) > 0 {
			put64("trainer.history", s.History)
		}
		if s.Best != nil {
			posterior(bestPrefix, s.Best.Posterior)
		}
	}
	for name, x := range c.Vectors {
		put(extraPrefix+name, x, len(x))
	}
	metadata, err := c.metadata()
	for _, err := range append(errs, err) {
		if err != nil {
			return err
		}
	}
	sealTensors(tensors, metadata)
	return safetensors.SerializeToWriter(tensors, metadata, w)
}

func (c *Checkpoint) metadata() (map[string]string, error) {
	model := c.Posterior.Model
	var widths []string
	for _, w := range model.Network.Widths {
		widths = append(widths, strconv.Itoa(w))
	}
	m := map[string]string{
		"symvi.format":     checkpointFormat,
		"symvi.widths":     strings.Join(widths, ","),
		"symvi.activation": model.Network.Activation.String(),
		"symvi.likelihood": string(model.Likelihood.Kind()),
		"symvi.noise":      formatFloat(model.Likelihood.noise), // 0 for softmax
		"symvi.prior":      string(cmp.Or(model.Prior.Kind, PriorIsotropic)),
		"symvi.prior_std":  formatFloat(model.Prior.Std),
	}
	if s := c.State; s != nil {
		for key, value := range map[string]int{"epoch": s.Epoch, "batch": s.Batch,
			"permutations":   s.Permutations,
			"history_epochs": s.HistoryEpochs, "history_recent": s.Recent} {
			m[reserved+key] = strconv.Itoa(value)
		}
		m["symvi.validation_nll"] = formatFloat(s.ValidationNLL)
		if s.Saturated {
			m["symvi.saturated"] = "true"
		}
		if s.Best != nil {
			m["symvi.best_steps"], m["symvi.best_nll"] = strconv.Itoa(s.Best.Steps), formatFloat(s.Best.NLL)
		}
	}
	for k, v := range c.Metadata {
		if strings.HasPrefix(k, reserved) {
			return nil, fmt.Errorf("checkpoint: metadata key %q begins with %q, which is reserved", k,
				reserved)
		}
		m[k] = v
	}
	return m, nil
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func view32(x []float32, shape ...int) (safetensors.TensorView, error) {
	data := make([]byte, 0, 4*len(x))
	for _, v := range x {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	dims := make([]uint64, len(shape))
	for i, d := range shape {
		dims[i] = uint64(d)
	}
	return safetensors.NewTensorView(safetensors.F32, dims, data)
}

func view64(x []float64) (safetensors.TensorView, error) {
	data := make([]byte, 0, 8*len(x))
	for _, v := range x {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return safetensors.NewTensorView(safetensors.F64, []uint64{uint64(len(x))}, data)
}

// Save writes the checkpoint to a file that appears whole or not at all: it is written aside,
// synced, then renamed.
func (c *Checkpoint) Save(path string) error {
	f, err := files.Create(path)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer f.Discard()
	if err := c.Write(f); err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Save writes the posterior to a file for Load; Checkpoint stores more than that.
func (q *Posterior) Save(path string) error { return (&Checkpoint{Posterior: q}).Save(path) }

// Load reads the posterior of a file that Posterior.Save or Checkpoint.Save wrote: of the
// latter its Result.
func Load(path string) (*Posterior, error) {
	c, err := LoadCheckpoint(path)
	if err != nil {
		return nil, err
	}
	return c.Result(), nil
}

// LoadCheckpoint reads and checks a file that Save wrote.
func LoadCheckpoint(path string) (*Checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := ReadCheckpoint(data)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return c, nil
}

// ReadCheckpoint parses the contents of a checkpoint. Corrupt contents are an
// error, never a panic, and never allocate more than a small multiple of their size.
func ReadCheckpoint(data []byte) (*Checkpoint, error) {
	file, metadata, err := parseTensors(data)
	if err != nil {
		return nil, err
	}
	if metadata["symvi.format"] != oldFormat {
		if err := checkFormat(metadata); err != nil {
			return nil, err
		}
		if err := checkSeal(file, metadata); err != nil {
			return nil, err
		}
	}
	c := &Checkpoint{Metadata: map[string]string{}, Vectors: map[string][]float32{}}
	model, err := readModel(metadata)
	if err != nil {
		return nil, err
	}
	if n := model.Network.Parameters(); n > len(data)/8 {
		return nil, fmt.Errorf("the file of %d bytes is too short for the %d parameters of widths %v",
			len(data), n, model.Network.Widths)
	}
	if c.Posterior, err = readPosterior(file, "", model); err != nil {
		return nil, err
	}
	if metadata["symvi.format"] == oldFormat {
		c.Note = "it was written by an older version of symvi: it predicts as it did, but its " +
			"training cannot go on, because minibatches are dealt in another way now; a new " +
			"training can start from it"
	} else if c.State, err = readState(file, metadata, c.Posterior); err != nil {
		return nil, err
	}
	for _, name := range file.Names() {
		if vector, ok := strings.CutPrefix(name, extraPrefix); ok {
			if c.Vectors[vector], err = tensor32(file, name, -1); err != nil {
				return nil, err
			}
		}
	}
	maps.DeleteFunc(metadata, func(k, _ string) bool { return strings.HasPrefix(k, reserved) })
	c.Metadata = metadata
	return c, nil
}

// parseTensors is the safetensors library's parser; a header that makes it panic is
// an error like any other corruption.
func parseTensors(data []byte) (file safetensors.SafeTensors, metadata map[string]string,
	err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not a usable safetensors file: %v", r)
		}
	}()
	if file, err = safetensors.Deserialize(data); err != nil {
		if other := otherFormat(data); other != "" {
			return file, nil, fmt.Errorf("not a safetensors file: %s", other)
		}
		if strings.Contains(err.Error(), "incomplete buffer") {
			err = fmt.Errorf("it has fewer bytes or more than its header says; is it cut off? (%w)", err)
		}
		return file, nil, fmt.Errorf("not a usable safetensors file: %w", err)
	}
	_, header, err := safetensors.ReadMetadata(data)
	if err != nil {
		return file, nil, fmt.Errorf("not a usable safetensors file: %w", err)
	}
	// The parser has seen that the header is as long as its first 8 bytes say.
	if err := seal.Once(data[8 : 8+binary.LittleEndian.Uint64(data)]); err != nil {
		return file, nil, fmt.Errorf("header: %w", err)
	}
	return file, maps.Clone(header.Metadata()), nil
}

func checkFormat(metadata map[string]string) error {
	if f := metadata["symvi.format"]; f != checkpointFormat {
		return fmt.Errorf("format %q, want %q: not a checkpoint of this version of symvi", f,
			checkpointFormat)
	}
	return nil
}

func readModel(metadata map[string]string) (m Model, err error) {
	for w := range strings.SplitSeq(metadata["symvi.widths"], ",") {
		n, err := strconv.Atoi(w)
		if err != nil {
			return m, fmt.Errorf("metadata symvi.widths %q: want integers separated by commas",
				metadata["symvi.widths"])
		}
		m.Network.Widths = append(m.Network.Widths, n)
	}
	switch a := metadata["symvi.activation"]; a {
	case kernels.ReLU.String():
		m.Network.Activation = kernels.ReLU
	case kernels.Tanh.String():
		m.Network.Activation = kernels.Tanh
	case kernels.Identity.String():
	default:
		return m, fmt.Errorf("metadata symvi.activation %q: want relu, tanh or identity", a)
	}
	var err1, err2 error
	m.Likelihood.noise, err1 = parseFloat(metadata, "symvi.noise")
	m.Prior.Std, err2 = parseFloat(metadata, "symvi.prior_std")
	m.Prior.Kind = PriorKind(metadata["symvi.prior"])
	m.Likelihood.kind = LikelihoodKind(metadata["symvi.likelihood"])
	if metadata["symvi.format"] == oldFormat && m.Likelihood.noise != 0 {
		m.Likelihood.kind = LikelihoodGaussian
	}
	if m.Likelihood.kind == LikelihoodSoftmax {
		m.Likelihood = Softmax()
	}
	return m, errors.Join(err1, err2, m.Validate())
}

func parseFloat(metadata map[string]string, key string) (float64, error) {
	x, err := strconv.ParseFloat(metadata[key], 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("metadata %s %q: want a finite number", key, metadata[key])
	}
	return x, nil
}

// readPosterior reads the posterior whose tensors' names begin with prefix.
func readPosterior(file safetensors.SafeTensors, prefix string, m Model) (*Posterior, error) {
	q := &Posterior{Model: m}
	for i, l := range m.Network.layers() {
		for _, part := range []struct {
			name  string
			shape []int
			to    *[]float32
		}{
			{"weight_mu", []int{l.out, l.in}, &q.Mu}, {"bias_mu", []int{l.out}, &q.Mu},
			{"weight_rho", []int{l.out, l.in}, &q.Rho}, {"bias_rho", []int{l.out}, &q.Rho},
		} {
			x, err := tensor32(file, prefix+tensorName(i, part.name), part.shape...)
			if err != nil {
				return nil, err
			}
			*part.to = append(*part.to, x...)
		}
	}
	var err1, err2 error
	if noises := m.Likelihood.learned(m.Network.outputs()); noises > 0 {
		q.Noise, err1 = tensor32(file, prefix+"noise_rho", noises)
	}
	if m.Prior.learned() {
		q.PriorStds, err2 = tensor64(file, prefix+"prior_std", len(m.scales()))
	}
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return q, q.check()
}

// readState reads what Trainer.State gave, nil if the file has none.
func readState(file safetensors.SafeTensors, metadata map[string]string,
	q *Posterior) (*State, error) {
	if _, ok := metadata["symvi.epoch"]; !ok {
		return nil, nil
	}
	s := &State{}
	var errs []error
	if value, ok := metadata["symvi.saturated"]; ok {
		if s.Saturated = value == "true"; !s.Saturated {
			errs = append(errs, fmt.Errorf("metadata symvi.saturated %q: want true, or none", value))
		}
	}
	for key, to := range map[string]*int{"epoch": &s.Epoch, "batch": &s.Batch,
		"permutations":   &s.Permutations,
		"history_epochs": &s.HistoryEpochs, "history_recent": &s.Recent} {
		errs = append(errs, parseInt(metadata, reserved+key, to))
	}
	var err1, err2, err3, err4, err5 error
	n := 2*len(q.Mu) + len(q.Noise)
	s.Moment1, err1 = tensor32(file, "optimizer.exp_avg", n)
	s.Moment2, err2 = tensor32(file, "optimizer.exp_avg_sq", n)
	s.Sums, err3 = tensor64(file, "trainer.sums", -1)
	if _, ok := file.Tensor("trainer.history"); ok {
		s.History, err4 = tensor64(file, "trainer.history", -1)
	}
	s.ValidationNLL, err5 = parseFloat(metadata, "symvi.validation_nll")
	if err := errors.Join(append(errs, err1, err2, err3, err4, err5)...); err != nil {
		return nil, err
	}
	if err := s.readBest(file, metadata, q.Model); err != nil {
		return nil, err
	}
	return s, s.check()
}

func (s *State) readBest(file safetensors.SafeTensors, metadata map[string]string,
	m Model) (err error) {
	if _, ok := metadata["symvi.best_steps"]; !ok {
		return nil
	}
	s.Best = &Best{}
	var err1, err2, err3 error
	err1 = parseInt(metadata, "symvi.best_steps", &s.Best.Steps)
	s.Best.NLL, err2 = parseFloat(metadata, "symvi.best_nll")
	s.Best.Posterior, err3 = readPosterior(file, bestPrefix, m)
	return errors.Join(err1, err2, err3)
}

func parseInt(metadata map[string]string, key string, to *int) (err error) {
	if *to, err = strconv.Atoi(metadata[key]); err != nil {
		return fmt.Errorf("metadata %s %q: want an integer", key, metadata[key])
	}
	return nil
}

// tensor returns the bytes of a tensor of a shape; −1 stands for any number.
func tensor(file safetensors.SafeTensors, name string, dtype safetensors.DType,
	shape []int) ([]byte, error) {
	t, ok := file.Tensor(name)
	if !ok {
		return nil, fmt.Errorf("tensor %s is missing", name)
	}
	if t.DType() != dtype {
		return nil, fmt.Errorf("tensor %s has type %v, want %v", name, t.DType(), dtype)
	}
	fits := slices.EqualFunc(t.Shape(), shape, func(has uint64, want int) bool {
		return want < 0 || has == uint64(want)
	})
	if !fits {
		return nil, fmt.Errorf("tensor %s has shape %v, want %v", name, t.Shape(), shape)
	}
	return t.Data(), nil
}

// tensor32 decodes a float32 tensor, which must be finite.
func tensor32(file safetensors.SafeTensors, name string, shape ...int) ([]float32, error) {
	data, err := tensor(file, name, safetensors.F32, shape)
	if err != nil {
		return nil, err
	}
	x := make([]float32, len(data)/4)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return x, finiteTensor(name, x)
}

// tensor64 decodes a float64 tensor, which must be finite.
func tensor64(file safetensors.SafeTensors, name string, shape ...int) ([]float64, error) {
	data, err := tensor(file, name, safetensors.F64, shape)
	if err != nil {
		return nil, err
	}
	x := make([]float64, len(data)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return x, finiteTensor(name, x)
}

// finiteTensor reports the first element that is not a finite number.
func finiteTensor[T float32 | float64](name string, x []T) error {
	for i, v := range x {
		if v := float64(v); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("tensor %s: element %d is %v, want a finite number", name, i, v)
		}
	}
	return nil
}
