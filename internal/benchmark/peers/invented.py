"""Held-out scores and calibration of symvi train beside scikit-learn, on invented and bundled tables.

    go build -o symvi ./cmd/symvi
    python3 internal/benchmark/peers/invented.py --symvi ./symvi

Needs no data: tables are drawn from seeds or come with scikit-learn. For every seed both sides get
the same three quarters of the rows, symvi as a CSV with --target and nothing else (--flags adds some),
scikit-learn scaled and with one-hot categories, with its defaults. A Gaussian process has a scale for
every input where these are few, and tells its own noise; the other regressions get one standard
deviation, that of five-fold residuals. Means over the seeds; --tables takes some, --alone leaves
scikit-learn out.
"""

import argparse
import json
import os
import shlex
import subprocess
import tempfile
import warnings

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn import datasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

LEVELS = (0.05, 0.25, 0.75, 0.95)


def frame(x, y):
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])]).assign(target=y)


def named(y):
    return [f"k{int(i):02d}" for i in y]


def bundled(name):
    b = getattr(datasets, "load_" + name)()
    return frame(b.data, b.target if name == "diabetes" else named(b.target))


def friedman(columns, rows, r):
    x = r.uniform(size=(rows, columns))
    return frame(x, 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
                 + r.normal(size=rows))


def heavy(r):
    x = r.normal(size=(1000, 6))
    return frame(x, np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] / 2 + np.exp(0.6 * x[:, 3] - 1) * r.standard_t(3, 1000))


def skewed(r):
    x = r.normal(size=(1000, 8))
    return frame(x, np.exp(1.2 * x[:, 0] + 0.5 * x[:, 1] * (x[:, 2] > 0) + 0.4 * r.normal(size=1000)))


def jumps(r):
    x = r.uniform(size=(1000, 3))
    return frame(x, 10 * (x[:, 0] > 0.5) + 5 * (x[:, 1] > 0.3) * (x[:, 0] < 0.7) + 0.2 * r.normal(size=1000))


def cities(r):
    city, grade, x = r.integers(40, size=2000), r.integers(3, size=2000), r.normal(size=2000)
    y = 2 * r.normal(size=40)[city] + x * (grade == 2) + 0.3 * r.normal(size=2000)
    return pd.DataFrame({"city": [f"c{i}" for i in city], "grade": np.array(["low", "mid", "high"])[grade], "x": x,
                         "target": y})


def few_of_many(rows, columns, r):
    x = r.normal(size=(rows, columns))
    return frame(x, x[:, :3].sum(1) + 0.5 * r.normal(size=rows))


def all_of_many(rows, columns, r):
    x = r.normal(size=(rows, columns))
    return frame(x, x @ r.normal(size=columns) / np.sqrt(columns) + 0.3 * r.normal(size=rows))


def spectra(r):
    t = np.linspace(0, 1, 200)
    peaks = np.exp(-((t - np.linspace(0, 1, 8)[:, None]) ** 2) / 0.02)
    z = r.normal(size=(300, 8))
    return frame(z @ peaks + 0.02 * r.normal(size=(300, 200)), z[:, 2] ** 2 + z[:, 4] + 0.1 * r.normal(size=300))


def checkers(r):
    x = r.uniform(0, 4, size=(1500, 2))
    return frame(x, named(np.floor(x).sum(1) % 2))


def clusters(r):
    x, y = datasets.make_classification(2000, 20, n_informative=10, n_classes=12, n_clusters_per_class=1,
                                        random_state=int(r.integers(1000)))
    return frame(x, named(y))


def rare(r):
    x, y = datasets.make_classification(2000, 12, n_informative=5, weights=[0.96], random_state=int(r.integers(1000)))
    return frame(x, named(y))


TABLES = {
    "diabetes": lambda r: bundled("diabetes"), "friedman, 10": lambda r: friedman(10, 500, r),
    "friedman, 30": lambda r: friedman(30, 500, r), "heavy tails": heavy, "skewed": skewed, "jumps": jumps,
    "cities": cities, "3 of 200, 80 rows": lambda r: few_of_many(80, 200, r),
    "3 of 300, 1000 rows": lambda r: few_of_many(1000, 300, r), "60 of 60": lambda r: all_of_many(1000, 60, r),
    "spectra": spectra, "wine": lambda r: bundled("wine"), "breast cancer": lambda r: bundled("breast_cancer"),
    "digits": lambda r: bundled("digits"), "clusters": clusters, "rare": rare, "checkers": checkers,
}


def coded(model):
    return make_pipeline(make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number"))), model)


def real(y, mean, nll, q):
    return {"RMSE": np.sqrt(np.mean((mean - y) ** 2)), "NLL": nll, "in 50 %": np.mean((q[1] <= y) & (y <= q[2])),
            "in 90 %": np.mean((q[0] <= y) & (y <= q[3]))}


def classes(y, p):
    sure, right = p.max(1), p.argmax(1) == y
    bins = np.minimum((15 * sure).astype(int), 14)
    ece = sum(abs((right[bins == b] - sure[bins == b]).sum()) for b in range(15)) / len(y)
    return {"accuracy": right.mean(), "NLL": -np.log(np.maximum(p[np.arange(len(y)), y], 1e-12)).mean(), "ECE": ece}


def ours(o, train, test, seed, names):
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        train.to_csv(at("train.csv"), index=False)
        test.to_csv(at("test.csv"), index=False)
        call = lambda *args: subprocess.run([o.symvi, *args], check=True, capture_output=True)
        call("train", "--data", at("train.csv"), "--test", at("test.csv"), "--target", "target", "--seed", str(seed),
             "--out", at("run"), "--quiet", *shlex.split(o.flags))
        quantiles = [] if names else ["--quantiles", ",".join(map(str, LEVELS))]
        call("predict", at("run"), "--data", at("test.csv"), "--out", at("p.csv"), *quantiles)
        p = pd.read_csv(at("p.csv"))
        if names:
            return classes(test.target.map(names.index).values, p[["p_" + n for n in names]].values)
        with open(at("run/summary.json")) as f:
            nll = json.load(f)["scores"]["nll"]
        return real(test.target.values, p.target_mean.values, nll, [p[f"target_q{a:.2f}".replace("q0.", "q")].values for a in LEVELS])


def theirs(train, test, names):
    x, u, y, v = train.drop(columns="target"), test.drop(columns="target"), train.target, test.target
    if names:
        y, v = y.map(names.index).values, v.map(names.index).values
        for name, m in {"logistic": LogisticRegression(max_iter=2000), "forest": RandomForestClassifier(random_state=0),
                        "boosting": HistGradientBoostingClassifier(random_state=0),
                        "MLP": MLPClassifier(max_iter=1000, random_state=0)}.items():
            yield name, classes(v, coded(m).fit(x, y).predict_proba(u))
        return
    center, scale = y.mean(), y.std()
    z = (y - center) / scale
    gauss = lambda m, s: real(v.values, m, -norm.logpdf(v, m, s).mean(), [m + s * norm.ppf(a) for a in LEVELS])
    for name, m in {"forest": RandomForestRegressor(random_state=0), "boosting": HistGradientBoostingRegressor(random_state=0),
                    "MLP": MLPRegressor(max_iter=1000, random_state=0)}.items():
        noise = np.std(cross_val_predict(coded(m), x, z, cv=5) - z)
        yield name, gauss(coded(m).fit(x, z).predict(u) * scale + center, noise * scale)
    inputs = coded("passthrough").fit(x).transform(x).shape[1]
    length = np.ones(inputs) if inputs <= 12 else np.sqrt(inputs)
    if len(x) <= 1000:
        g = coded(GaussianProcessRegressor(ConstantKernel() * RBF(length) + WhiteKernel(0.1), normalize_y=True)).fit(x, z)
        mean, std = g.predict(u, return_std=True)
        yield "process", gauss(mean * scale + center, std * scale)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--symvi", required=True)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--tables", nargs="*", default=list(TABLES))
    p.add_argument("--flags", default="", help="more flags for symvi train")
    p.add_argument("--alone", action="store_true", help="leave scikit-learn out")
    o = p.parse_args()
    warnings.simplefilter("ignore")
    for name in o.tables:
        scores = {}
        for seed in range(1, o.seeds + 1):
            table = TABLES[name](np.random.default_rng(seed))
            labels = None if table.target.dtype.kind == "f" else sorted(table.target.unique())
            train, test = train_test_split(table, random_state=seed, stratify=table.target if labels else None)
            scores.setdefault("symvi", []).append(ours(o, train, test, seed, labels))
            for model, s in [] if o.alone else theirs(train, test, labels):
                scores.setdefault(model, []).append(s)
        for model, s in scores.items():
            print(f"| {name} | {model} |", " | ".join(f"{k} {np.mean([i[k] for i in s]):.4g}" for k in s[0]), "|", flush=True)


if __name__ == "__main__":
    main()
