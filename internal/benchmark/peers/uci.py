"""Held-out NLL and RMSE of symvi on standard UCI splits beside bde (pip install sklearn-contrib-bde).

    go build -o symvi ./cmd/symvi
    python3 internal/benchmark/peers/uci.py --symvi ./symvi --data UCI_Datasets [--splits 0 1] [-- --kl-weight 1 …]

bde is a regressor as its readme sets it up: 8 members of 16-16 ReLU neurons with a noise of the
input, 200 epochs, 5000 steps of warm-up, 100 draws kept of each member. symvi trains 5 members
(--members), and with whatever settings follow --. Both get the same splits, one after the other,
each in a process of its own, on all processors. Times are wall and processor seconds of the
whole process, and of bde also the wall seconds without the import; NLL and RMSE are in the
target's units.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

SETS = ["concrete", "yacht", "energy", "bostonHousing"]


def split(folder, number):
    """The rows of a split of the UCI layout, inputs and targets standardised by its training part."""
    import numpy as np

    def read(name):
        return np.loadtxt(os.path.join(folder, "data", name + ".txt"))

    data = read("data")
    x = data[:, read("index_features").astype(int)]
    y = data[:, int(read("index_target"))]
    train, test = (read(f"index_{part}_{number}").astype(int) for part in ("train", "test"))
    shift, scale = x[train].mean(0), x[train].std(0)
    scale[scale == 0] = 1
    x = ((x - shift) / scale).astype(np.float32)
    mean, sd = y[train].mean(), y[train].std()
    target = ((y - mean) / sd).astype(np.float32)
    return x[train], target[train], x[test], y[test], mean, sd


def bde(folder, number, warmup):
    """Fits and scores bde in this process."""
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
    import numpy as np
    from bde import BdeRegressor
    from bde.loss import GaussianNLL
    from scipy.special import logsumexp
    from scipy.stats import norm

    x, y, u, v, mean, sd = split(folder, number)
    start = time.perf_counter()
    model = BdeRegressor(n_members=8, hidden_layers=[16, 16], seed=0, loss=GaussianNLL(), epochs=200, patience=10,
                         validation_split=0.15, lr=1e-3, weight_decay=1e-4, warmup_steps=warmup, n_samples=200, n_thinning=2)
    model.fit(x=x, y=y.reshape(-1, 1))
    raw = np.asarray(model.predict(u, raw=True), dtype=np.float64)
    took = time.perf_counter() - start
    raw = raw.reshape(-1, *raw.shape[-2:])  # draws of all members, rows, (mean, scale)
    noise = np.logaddexp(0, raw[..., 1]) + 1e-6
    rows = logsumexp(norm.logpdf(v, mean + sd * raw[..., 0], sd * noise), axis=0) - np.log(len(raw))
    error = mean + sd * raw[..., 0].mean(0) - v
    return {"nll": -rows.mean(), "rmse": np.sqrt((error**2).mean()), "without_import": took, "draws": len(raw)}


def symvi(program, folder, number, members, settings):
    """Trains and scores symvi."""
    with tempfile.TemporaryDirectory() as out:
        run = os.path.join(out, "run")
        subprocess.run([program, "train", "--data", folder, "--split", str(number), "--members", str(members), *settings,
                        "--out", run, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(run, "summary.json")) as f:
            return json.load(f)["scores"]


def timed(work):
    """The result of work, whose processes are children of this one, and its wall and processor seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    result = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--symvi")
    p.add_argument("--data", required=True)
    p.add_argument("--splits", type=int, nargs="*", default=[0, 1])
    p.add_argument("--sets", nargs="*", default=SETS)
    p.add_argument("--members", type=int, default=5)
    p.add_argument("--only-bde", action="store_true", help="fit --sets and --splits, one each, in this process")
    p.add_argument("--warmup", type=int, default=5000, help="bde's steps of warm-up")
    p.add_argument("settings", nargs="*")
    o = p.parse_args()
    if o.only_bde:
        json.dump(bde(os.path.join(o.data, o.sets[0]), o.splits[0], o.warmup), sys.stdout)
        return
    print("| set | split | NLL bde | NLL symvi | RMSE bde | RMSE symvi | bde wall, without import, processor | symvi wall, processor |")
    print("|---|---|---|---|---|---|---|---|")
    for name in o.sets:
        folder = os.path.join(o.data, name)
        for number in o.splits:
            alone = [sys.executable, __file__, "--only-bde", "--data", o.data, "--sets", name, "--splits", str(number), "--warmup", str(o.warmup)]
            theirs, wall, cpu = timed(lambda: json.loads(subprocess.run(alone, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout))
            ours, own_wall, own_cpu = timed(lambda: symvi(o.symvi, folder, number, o.members, o.settings))
            print(f"| {name} | {number} | {theirs['nll']:.3f} | {ours['nll']:.3f} | {theirs['rmse']:.3f} | {ours['rmse']:.3f} "
                  f"| {wall:.1f} s, {theirs['without_import']:.1f} s, {cpu:.1f} s | {own_wall:.1f} s, {own_cpu:.1f} s |", flush=True)


if __name__ == "__main__":
    main()
