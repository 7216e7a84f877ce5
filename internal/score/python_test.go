package score

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/symvi/symvi/internal/must"
)

// pythonScores computes the scores with scikit-learn, scipy and numpy.
const pythonScores = `
import json, sys
import numpy as np
from scipy import stats, integrate
from sklearn import metrics
d = json.load(sys.stdin)
p, y = np.array(d["p"]), np.array(d["y"])
best = p.argmax(1)
neg, pos = np.array(d["negative"]), np.array(d["positive"])
kind = np.r_[np.zeros(len(neg)), np.ones(len(pos))]
score = np.r_[neg, pos]
fpr, tpr, _ = metrics.roc_curve(kind, score, drop_intermediate=False)
mean, sd, obs = np.array(d["mean"]), np.array(d["sd"]), d["obs"]
F = lambda x: stats.norm.cdf((x - mean) / sd).mean()
quad = lambda f, a, b: integrate.quad(f, a, b, limit=500, epsabs=1e-10)[0]
crps = quad(lambda x: F(x)**2, -60, obs) + quad(lambda x: (1-F(x))**2, obs, 60)
precision, recall, _, support = metrics.precision_recall_fscore_support(y, best)
print(json.dumps({
  "accuracy": metrics.accuracy_score(y, best),
  "balanced": metrics.balanced_accuracy_score(y, best),
  "brier": float(((p - np.eye(p.shape[1])[y])**2).sum(1).mean()),
  "nll": metrics.log_loss(y, p),
  "precision": precision.tolist(), "recall": recall.tolist(), "support": support.tolist(),
  "auroc": metrics.roc_auc_score(kind, score),
  "aupr": metrics.average_precision_score(kind, score),
  "fpr95": float(fpr[np.argmax(tpr >= 0.95)]),
  "cdf": F(obs), "crps": crps,
  "logpdf": float(np.log(stats.norm.pdf(obs, mean, sd).mean())),
  "rmse": metrics.mean_squared_error(d["mean"], d["sd"])**.5,
  "mae": metrics.mean_absolute_error(d["mean"], d["sd"]),
}, default=float))
`

// Scores against scikit-learn and scipy, where python3 has them.
func TestAgainstPython(t *testing.T) {
	if err := exec.Command("python3", "-c", "import sklearn, scipy").Run(); err != nil {
		t.Skip("python3 has no scikit-learn and scipy")
	}
	r := rand.New(rand.NewPCG(7, 7))
	c := randomClasses(r, 400, 5)
	negative, positive := twoKinds(r, 90, 70)
	m, y := randomMixture(r, 60, 0.3)
	rows := make([][]float64, len(c.Labels))
	logDensity := make([]float64, len(rows))
	for i, label := range c.Labels {
		rows[i] = c.row(i)
		logDensity[i] = Mixture{[]float64{0}, []float64{1 / rows[i][label]}}.LogDensity(0) + halfLog2Pi
	}
	input := must.Get(json.Marshal(map[string]any{"p": rows, "y": c.Labels, "negative": negative,
		"positive": positive, "mean": m.Mean, "sd": m.SD, "obs": y}))(t)
	cmd := exec.Command("python3", "-c", pythonScores)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	var want struct {
		Accuracy, Balanced, Brier, NLL, AUROC, AUPR, FPR95, CDF, CRPS, LogPDF, RMSE, MAE float64

		Precision, Recall []float64
		Support           []int
	}
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatalf("python3 printed %s: %v", output, err)
	}
	near(t, "accuracy", first(c.Accuracy()), want.Accuracy, 1e-12)
	near(t, "balanced accuracy", first(c.BalancedAccuracy()), want.Balanced, 1e-12)
	near(t, "Brier", first(c.Brier()), want.Brier, 1e-12)
	near(t, "NLL", first(NLL(logDensity)), want.NLL, 1e-10)
	for k, s := range c.PerClass() {
		near(t, "precision", s.Precision, want.Precision[k], 1e-12)
		near(t, "recall", s.Recall, want.Recall[k], 1e-12)
		near(t, "support", float64(s.Support), float64(want.Support[k]), 0)
	}
	near(t, "AUROC", first(AUROC(negative, positive)), want.AUROC, 1e-12)
	near(t, "AUPR", AUPR(negative, positive), want.AUPR, 1e-12)
	near(t, "FPR95", first(FPR95(negative, positive)), want.FPR95, 1e-12)
	near(t, "CDF", m.CDF(y), want.CDF, 1e-12)
	near(t, "CRPS", m.CRPS(y), want.CRPS, 1e-8)
	near(t, "log-density", m.LogDensity(y), want.LogPDF, 1e-10)
	differences := Errors{1, make([]float64, len(m.Mean))}
	for i, v := range m.Mean {
		differences.Values[i] = v - m.SD[i]
	}
	near(t, "RMSE", first(differences.RMSE()), want.RMSE, 1e-12)
	near(t, "MAE", first(differences.MAE()), want.MAE, 1e-12)
}
