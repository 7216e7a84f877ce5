"""Held-out scores of symvi train --data TABLE --target NAME, and nothing else, beside scikit-learn.

    go build -o symvi ./cmd/symvi && go build -o coded ./internal/benchmark/peers/coded
    python3 internal/benchmark/peers/tables.py --symvi ./symvi --coded ./coded --data FOLDER

FOLDER holds the public tables named below; --tables NAME=TARGET ... takes others of it, and
--flags "--hidden 50" trains with more than the target. For every seed both sides get the same rows of
the same coded table: symvi trains with that seed and split, and scikit-learn (Ridge for real
targets, LogisticRegression for classes, with their defaults) fits the arrays that symvi's
own reader wrote. Differences are paired over the seeds: mean and standard error, symvi
minus scikit-learn; below 0 is better for symvi in NLL and RMSE, above 0 in accuracy.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

TABLES = [("penguins", "species"), ("tips", "tip"), ("titanic", "survived"), ("auto-mpg", "mpg"), ("pima", "9"),
          ("abalone", "9"), ("winequality-red", "12"), ("auto-insurance", "2")]


def peer(path, classes):
    """The scores of scikit-learn's linear model on the arrays in path."""
    a = np.load(path)
    x, y, u, v = a["x_train"], a["y_train"], a["x_test"], a["y_test"]
    if classes:
        m = LogisticRegression(max_iter=10_000).fit(x, y)
        p = m.predict_proba(u)
        own = p[np.arange(len(v)), np.searchsorted(m.classes_, v)]
        return {"nll": -np.log(own).mean(), "accuracy": (m.classes_[p.argmax(1)] == v).mean()}
    m = Ridge().fit(x, y)
    noise = np.mean((m.predict(x) - y) ** 2)
    error = np.mean((m.predict(u) - v) ** 2)
    return {"nll": 0.5 * np.log(2 * np.pi * noise) + 0.5 * error / noise, "rmse": np.sqrt(error)}


def ours(symvi, data, target, seed, folder, flags):
    """The scores of a training without any setting but the seeds, and flags if there are some."""
    run = os.path.join(folder, "run")
    subprocess.run([symvi, "train", "--data", data, "--target", target, "--seed", str(seed), "--split-seed", str(seed),
                    "--out", run, "--quiet", *flags], check=True, capture_output=True)
    with open(os.path.join(run, "summary.json")) as f:
        return json.load(f)["scores"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--symvi", required=True)
    p.add_argument("--coded", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--seeds", type=int, default=10)
    p.add_argument("--tables", nargs="*", default=["=".join(t) for t in TABLES])
    p.add_argument("--flags", default="", help="more flags for symvi train")
    o = p.parse_args()
    print("| table | score | symvi | scikit-learn | difference |\n|---|---|---|---|---|")
    for table in o.tables:
        name, _, target = table.partition("=")
        target = target or dict(TABLES)[name]
        pairs = {}
        for seed in range(1, o.seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                data, coded = os.path.join(o.data, name + ".csv"), os.path.join(folder, "coded.npz")
                subprocess.run([o.coded, "-data", data, "-target", target, "-split-seed", str(seed), "-out", coded], check=True)
                own = ours(o.symvi, data, target, seed, folder, shlex.split(o.flags))
                theirs = peer(coded, "accuracy" in own)
            for score, value in theirs.items():
                pairs.setdefault(score, []).append((own[score], value))
            print(name, seed, {k: v[-1] for k, v in pairs.items()}, file=sys.stderr, flush=True)
        for score, rows in pairs.items():
            a = np.array(rows)
            d = a[:, 0] - a[:, 1]
            se = d.std(ddof=1) / np.sqrt(len(d)) if len(d) > 1 else float("nan")
            print(f"| {name} | {score} | {a[:, 0].mean():.4g} | {a[:, 1].mean():.4g} | {d.mean():+.4f} ± {se:.4f} |", flush=True)


if __name__ == "__main__":
    main()
