package experiment

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/symvi/symvi/bnn"
	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/kernels"
)

// Config are all settings of a run. Each field is a key of the TOML file and a flag
// of the same name; the comment tag is the documentation of both.
//
// The list tag marks lists of names. The role tag tells settings apart that do not decide the
// trained model: "place" says where the data are, "effort" how long to work, with what, and how
// to score.
type Config struct {
	Data         string  `toml:"data" role:"place" comment:"data set: mnist (built in), a directory with the four IDX files of MNIST, or a table: text (.csv, .tsv, .txt; also .gz, .zst), .parquet, .npy, .npz, - for standard input, or a directory of the UCI layout"`
	Target       string  `toml:"target" list:"names" comment:"column of the table to predict: its name, or its number from 1 (-1 is the last); several with commas; without one, the label of LIBSVM rows"`
	Task         string  `toml:"task" choices:"auto classify regress" comment:"what the target holds: classify (classes), regress (numbers), or auto to find out"`
	Drop         string  `toml:"drop" list:"names" comment:"columns that are no inputs, by name or number"`
	Only         string  `toml:"only" list:"names" comment:"columns that alone are inputs, by name or number"`
	TextColumns  string  `toml:"text" list:"names" comment:"columns whose numbers are codes, to be treated like texts"`
	Missing      string  `toml:"missing" choices:"error drop mean" comment:"missing values: error, drop (leave the row out) or mean (put the mean in, and add an input that says so)"`
	MissingWords string  `toml:"missing-values" list:"names" comment:"texts that stand for a missing value, beside NA, NaN, null, ? and the like"`
	Header       string  `toml:"header" choices:"auto yes no" comment:"whether a text's first line holds names; without names columns go by number"`
	Separator    string  `toml:"separator" comment:"of a text's fields: auto, comma, semicolon, tab, pipe, blanks or a character"`
	Decimal      string  `toml:"decimal" choices:"auto point comma" comment:"a text's decimal mark"`
	Encoding     string  `toml:"encoding" comment:"a text's encoding: auto, utf-8, utf-16, utf-16be, utf-32, latin-1, or another's name, such as windows-1251, gbk or shift_jis"`
	Quote        string  `toml:"quote" choices:"auto double single escaped" comment:"the quotes around a text's fields; escaped: double ones, with a backslash in front of one within"`
	Ragged       string  `toml:"ragged" choices:"auto fill error" comment:"lines with too few fields: fill (what lacks is missing), error, or auto: error, but for prose below a table, which is left out"`
	Test         string  `toml:"test" role:"place" comment:"table with the test rows; without one, rows of data are set apart"`
	TestFraction float64 `toml:"test-fraction" comment:"share of a table's rows to set apart for testing, of each class"`
	SplitSeed    int64   `toml:"split-seed" comment:"decides which rows are set apart; -1: as seed"`
	MaxLine      int     `toml:"max-line" comment:"the longest line of a table's text, in bytes"`
	MaxField     int     `toml:"max-field" comment:"the longest field, in bytes"`
	MaxColumns   int     `toml:"max-columns" comment:"the most columns of a table"`
	MaxClasses   int     `toml:"max-classes" comment:"the most classes of a target"`
	Split        int     `toml:"split" comment:"which of the splits that come with a directory of the UCI layout; -1: none"`

	Hidden     []int   `toml:"hidden" comment:"widths of the hidden layers, from input to output; empty for a linear model, 0: as many as the task and the rows need"`
	Activation string  `toml:"activation" choices:"relu tanh" comment:"activation of the hidden layers: relu or tanh"`
	Noise      Noise   `toml:"noise" comment:"regress: the noise's standard deviation: learned, heteroscedastic (learned as a function of the inputs), or a number, in standard deviations of the target"`
	NoiseStart float64 `toml:"noise-start" comment:"where a learned noise starts, in standard deviations of the target"`
	Prior      string  `toml:"prior" choices:"auto isotropic fan-in learned ard" comment:"standard deviations of the parameters' prior: isotropic (prior-std for all), fan-in (weights: prior-std over the root of the layer's inputs), learned (one per layer, weights and biases apart), ard (as learned, and one per input) or auto (ard for numbers from 16 or more inputs, else isotropic)"`
	PriorStd   float64 `toml:"prior-std" comment:"standard deviation of the prior, or where a learned one starts"`

	Symmetrize      string  `toml:"symmetrize" choices:"none uniform exact importance auto" comment:"entropy of the permutation-averaged posterior: none (plain mean field), uniform (the paper's estimator), exact (up to 22 neurons), importance (any width) or auto (exact where cheap, else importance)"`
	Permutations    int     `toml:"permutations" comment:"number K of permutations that uniform or importance draws; uniform finds at most log K nats"`
	MaxPermutations int     `toml:"max-permutations" comment:"auto: the most permutations to draw in a step of training; bounds of the trained posterior are estimated by up to 200, or by as many as this if it is more"`
	TargetGap       float64 `toml:"target-gap" comment:"auto: how far the bounds may be from the truth, in nats"`
	Group           string  `toml:"group" choices:"permutations signed-permutations" comment:"symmetries to average over; signed-permutations, for tanh, also flips the signs of neurons"`
	Samples         int     `toml:"samples" comment:"weight samples per step"`
	Shards          int     `toml:"shards" comment:"parts, a power of two, that a step's gradient is added up from, and the most processes that can train together; any number of these gives the same model"`
	Epochs          int     `toml:"epochs" role:"effort" comment:"passes through the training data; 0: as many as steps says"`
	Steps           int     `toml:"steps" role:"effort" comment:"optimizer steps, instead of epochs; 0 beside 0 epochs: as many as data of this size need"`
	Batch           int     `toml:"batch" comment:"largest size of a minibatch; the rows are dealt evenly"`
	LR              float64 `toml:"lr" comment:"Adam's learning rate"`
	Schedule        string  `toml:"schedule" choices:"constant cosine" comment:"of the learning rate: constant, or cosine, which falls to 0 at the end"`
	KLWeight        float64 `toml:"kl-weight" comment:"weight of the KL divergence in what is trained, 0: 1 for classes and with ard, else 0.5; bounds are always reported without it"`
	KLWarmup        int     `toml:"kl-warmup" comment:"steps over which that weight grows from 0; -1: 1000 for classes, none for numbers and with init-from"`
	InitStd         float64 `toml:"init-std" comment:"every parameter's initial standard deviation"`
	InitFrom        string  `toml:"init-from" role:"place" comment:"run or model.safetensors whose posterior training starts from, instead of a new one"`
	Validation      float64 `toml:"validate" comment:"share of the training rows that judge the training: the best posterior by them is kept"`
	Patience        int     `toml:"patience" comment:"with validate: stop after so many checks, one every 100 steps, without a better posterior; 0: never"`
	Members         int     `toml:"members" comment:"posteriors to train, with seeds seed, seed+1, …; predictions average over them"`
	Seed            int64   `toml:"seed" comment:"decides initial values, minibatches, noise, permutations and the rows set apart"`

	Threads     int `toml:"threads" role:"effort" comment:"threads of the processor, 0 for all; never changes a result"`
	EvalSamples int `toml:"eval-samples" role:"effort" comment:"posterior samples of the final scores"`
}

// Default are the settings that serve a first try on images, and what the files of older
// versions, which lack some settings, were trained with.
func Default() Config {
	return Config{
		Data: builtinData, Task: auto, Missing: dataset.MissingMean, Header: auto, Separator: auto,
		Decimal: auto, Encoding: auto, Quote: auto, Ragged: auto,
		TestFraction: dataset.DefaultTestFraction, SplitSeed: -1, Split: -1,
		MaxLine: dataset.DefaultLimits().Line, MaxField: dataset.DefaultLimits().Field,
		MaxColumns: dataset.DefaultLimits().Columns, MaxClasses: dataset.DefaultLimits().Classes,
		Hidden: []int{30}, Activation: kernels.ReLU.String(), Noise: NoiseHeteroscedastic,
		NoiseStart: bnn.DefaultNoiseStart,
		Prior:      string(bnn.PriorIsotropic), PriorStd: 1,
		Symmetrize: string(bnn.EstimatorAuto), Permutations: bnn.DefaultPermutations,
		MaxPermutations: bnn.DefaultLimit, TargetGap: bnn.DefaultTargetGap,
		Group:   string(bnn.GroupPermutations),
		Samples: 1, Shards: 1, Epochs: 10, Batch: 100, LR: 1e-3,
		Schedule: string(bnn.ScheduleConstant), KLWeight: 1, InitStd: 0.05, Members: 1, Seed: 1,
		EvalSamples: 100,
	}
}

// TrainingDraws is the most permutations that a training by auto draws in a step on tables. A
// gradient needs no narrow bounds: 4 draws reach the L^G of 40 and of 200 within the error, in a
// sixth of the time (docs/studies.md).
const TrainingDraws = 4

// Widest are the hidden neurons of a table of numbers, and the most of one of classes.
const Widest = 50

// Table are the settings that serve tables: one for all, found on the UCI sets (docs/studies.md).
// Neurons, the prior and the weight of the KL divergence are what serves the data (forData).
//
// Members are two, because a mixture of calibrated predictions is too wide (Gneiting & Ranjan
// 2013), and becomes more so with every member. A noise that does not depend on the input is for
// judging by the ELBO itself, so the divergence counts in full there; it takes larger steps, or
// pruning is not over, and the divergence comes in over the first 1000, or from some seeds pruning
// is over before the network has found the data, and the noise stays large for good. A training by
// auto, where one is asked for, draws TrainingDraws permutations.
func Table(noise Noise) Config {
	c := Default()
	c.Hidden, c.Symmetrize, c.Schedule, c.Epochs = []int{0}, string(bnn.EstimatorNone),
		string(bnn.ScheduleCosine), 0
	c.Prior, c.Noise, c.LR, c.KLWeight, c.KLWarmup, c.Members = auto, noise, 7e-3, 0, -1, 2
	c.MaxPermutations = TrainingDraws
	if noise != NoiseHeteroscedastic {
		c.LR, c.KLWeight, c.KLWarmup = 1e-2, 1, 1000
	}
	return c
}

// forData fills in what was left to the data. Hidden neurons are Widest for numbers. For classes
// they are one for 50 rows, at least 10 and two for each class, with which hinges can do what a
// linear model does, and at most Widest: a neuron that is pruned still has outgoing weights, whose
// posterior is as wide as the rows allow. That leaves noise of variance 1/(N p(1 − p)) from each in
// the logit of a class of probability p, and the bound pays for each of them (docs/tables.md).
//
// The prior of numbers from manyInputs or more has a scale for every input. With one scale for
// all, the weights of inputs that do not matter are noise in every neuron, and the bound pays for
// them by predicting nothing or by fitting what is not there (docs/tables.md).
//
// The weight of the KL divergence is one half where the noise depends on the input, because
// mean-field VI is charged log n! for the neurons that it uses and pays with noise, and 1 for
// classes, which have no noise to pay with, and with a scale for every input (docs/tables.md).
//
// Of classes the divergence comes in over the first steps: from its start on it prunes neurons
// before the network has found what bends (docs/tables.md).
//
// Where neither epochs nor steps are asked for, they are tableSteps or imageSteps.
func (c Config) forData(s *dataset.Schema, rows int) Config {
	if c.hiddenOpen() {
		c.Hidden = []int{Widest}
		if s.Task == dataset.Classify {
			const narrowest, perClass, rowsPer = 10, 2, 50
			c.Hidden[0] = min(max(narrowest, perClass*s.Outputs, rows/rowsPer), Widest)
		}
	}
	if c.Prior == auto {
		c.Prior = string(bnn.PriorIsotropic)
		if s.Task == dataset.Regress && s.Inputs >= manyInputs {
			c.Prior = string(bnn.PriorARD)
		}
	}
	if c.KLWeight == 0 {
		c.KLWeight = 1
		if s.Task == dataset.Regress && c.Prior != string(bnn.PriorARD) {
			c.KLWeight = 0.5
		}
	}
	if c.Epochs == 0 && c.Steps == 0 {
		c.Steps = c.tableSteps(rows)
		if !s.IsTable() {
			c.Steps = c.imageSteps(rows)
		}
	}
	if c.KLWarmup < 0 {
		c.KLWarmup = 0
		if s.Task == dataset.Classify && c.InitFrom == "" {
			c.KLWarmup = 1000
		}
	}
	return c
}

// imageSteps are those that MNIST takes by default, and as many passes through more images.
func (c Config) imageSteps(rows int) int {
	const mnist, passes = 6000, 10
	return max(mnist, passes*c.batches(rows))
}

// manyInputs is from how many inputs on the prior of numbers has a scale for each.
const manyInputs = 16

// tableSteps are the steps that serve a table: 50 per row of a small one, which the same number
// for all would fit too closely, between 3,000 and 15,000, which the UCI sets need, and 40 passes
// through a large one. One noise for all inputs takes twice as many to learn: it starts narrow, and
// neurons are pruned as it grows.
func (c Config) tableSteps(rows int) int {
	const fewest, perRow, enough, passes = 3000, 50, 15000, 40
	steps := max(fewest, min(perRow*rows, enough), passes*c.batches(rows))
	if c.Noise == NoiseLearned {
		steps *= 2
	}
	return steps
}

// batches are the steps of an epoch.
func (c Config) batches(rows int) int { return (rows + c.Batch - 1) / c.Batch }

// decidedAs is c with what it leaves to the data, of what decides the model, as it is in settled.
func (c Config) decidedAs(settled Config) Config {
	if c.hiddenOpen() {
		c.Hidden = settled.Hidden
	}
	if c.Prior == auto {
		c.Prior = settled.Prior
	}
	if c.KLWeight == 0 {
		c.KLWeight = settled.KLWeight
	}
	if c.KLWarmup < 0 {
		c.KLWarmup = settled.KLWarmup
	}
	return c
}

// hiddenOpen reports whether the width of the hidden layer is left to the data.
func (c Config) hiddenOpen() bool { return len(c.Hidden) == 1 && c.Hidden[0] == 0 }

// Presets are the names that Preset knows.
func Presets() []string { return []string{"default", "images", "table", "paper"} }

// Preset returns named settings for the data and the noise that others name. "default" is
// "table" or "images", whichever the data are, with the steps that other images than MNIST need;
// "paper" are those of the paper's Table 1 as far as
// it states them (the prior's scale and the initial one are our reading).
func Preset(name string, others Config) (Config, error) {
	c := Default()
	switch name {
	case "default":
		if isTable(others.Data) {
			return Table(others.Noise), nil
		}
		if others.Data != builtinData {
			c.Epochs = 0
		}
	case "images":
	case "table":
		return Table(others.Noise), nil
	case "paper":
		c.Hidden, c.Activation = []int{30}, kernels.ReLU.String()
		c.PriorStd, c.InitStd = 0.1, 0.05
		c.Symmetrize, c.Permutations, c.Samples = string(bnn.EstimatorUniform), 20, 1
		c.Epochs, c.Batch, c.LR = 10, 100, 1e-3
	default:
		return c, &SettingError{"preset", name, "want " + orList(Presets())}
	}
	return c, nil
}

// Setting describes a field of Config.
type Setting struct {
	// Key is its name in the file and on the command line.
	Key string
	// Usage documents it.
	Usage string
	// Kind is text, int, number or list.
	Kind string
	// Choices are the values it may take, nil if they cannot be listed.
	Choices []string
	// List says that the text is a list of names, with commas.
	List bool

	field int
	role  string
}

var settings = func() []Setting {
	var all []Setting
	for i, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		s := Setting{Key: f.Tag.Get("toml"), Usage: f.Tag.Get("comment"),
			Kind: kindNames[f.Type.Kind()], List: f.Tag.Get("list") == "names", field: i,
			role: f.Tag.Get("role")}
		if choices, listed := f.Tag.Lookup("choices"); listed {
			s.Choices = strings.Fields(choices)
		}
		all = append(all, s)
	}
	return all
}()

var kindNames = map[reflect.Kind]string{reflect.String: "text", reflect.Int: "int",
	reflect.Int64: "int", reflect.Float64: "number", reflect.Slice: "list"}

// kindWants says what a setting of a kind is written like.
var kindWants = map[string]string{"text": "text", "int": "an integer", "number": "a number",
	"list": "integers separated by commas"}

// settingOf is the setting with a key.
func settingOf(key string) Setting {
	return settings[slices.IndexFunc(settings, func(s Setting) bool { return s.Key == key })]
}

// Choices are the values that the setting with a key may take, nil if they cannot be listed.
func Choices(key string) []string {
	return slices.Clone(settingOf(key).Choices)
}

// Settings lists the fields of Config in their order.
func Settings() []Setting { return slices.Clone(settings) }

func (c *Config) value(s Setting) reflect.Value { return reflect.ValueOf(c).Elem().Field(s.field) }

// Text writes a setting's value the way Set reads it.
func (c Config) Text(s Setting) string {
	switch v := c.value(s).Interface().(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []int:
		words := make([]string, len(v))
		for i, n := range v {
			words[i] = strconv.Itoa(n)
		}
		return strings.Join(words, ",")
	default:
		return fmt.Sprint(v)
	}
}

// Set reads a setting's value from text; Validate judges it.
func (c *Config) Set(s Setting, text string) error {
	v := c.value(s)
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
	case reflect.Float64:
		var x float64
		x, err = strconv.ParseFloat(text, 64)
		v.SetFloat(x)
	case reflect.Slice:
		var list []int
		list, err = parseList(text)
		v.Set(reflect.ValueOf(list))
	}
	if err != nil {
		return &SettingError{s.Key, text, "want " + kindWants[s.Kind]}
	}
	return nil
}

func parseList(text string) ([]int, error) {
	list := []int{}
	if strings.TrimSpace(text) == "" {
		return list, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// differences lists the settings in which c differs from the run's, of those that match.
func (c Config) differences(run Config, match func(Setting) bool) string {
	var changes []string
	for _, s := range settings {
		if mine, theirs := c.Text(s), run.Text(s); match(s) && mine != theirs {
			changes = append(changes, fmt.Sprintf("%s (the run has %s, asked for %s)", s.Key,
				orNothing(theirs), orNothing(mine)))
		}
	}
	return strings.Join(changes, ", ")
}

// decides reports whether the trained model depends on the setting.
func decides(s Setting) bool { return s.role == "" }

// changesResult reports whether another value of the setting may give another result of a finished
// run: all but where things are and how many threads work.
func changesResult(s Setting) bool { return s.role != "place" && s.Key != "threads" }

// changeable lists the settings that a resumed run may change.
func changeable() string {
	var keys []string
	for _, s := range settings {
		if s.role == "effort" {
			keys = append(keys, s.Key)
		}
	}
	return strings.Join(keys[:len(keys)-1], ", ") + " and " + keys[len(keys)-1]
}

func orNothing(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func orList(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
