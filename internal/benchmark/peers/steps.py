"""Training steps per second of PyTorch on the CPU beside those of symvi, in one interleaved run.

    python3 internal/benchmark/peers/steps.py [--symvi PROGRAM] [--rounds N] [threads ...]

The step is symvi's: a minibatch of 100, S weight samples of one flat vector of means and
scales, the negative ELBO with its closed-form KL, its gradient, one step of Adam. PyTorch
runs it eagerly with its fused Adam; compiling it is slower here for the small networks.

Each round times PyTorch, then symvi (`symvi bench --kernel trainStep`, its best row of
microkernels), so that a disturbance hits both alike; the figures are medians over rounds,
steps a second and processor time a step, which other programs disturb less.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

import torch
from torch.nn.functional import cross_entropy, softplus

ROWS, BATCH = 10_000, 100
NETS = [([784, 30, 10], 1), ([784, 30, 10], 16), ([784, 512, 10], 1), ([784, 512, 512, 10], 1)]


class Net:
    def __init__(self, widths, samples):
        torch.manual_seed(1)
        self.widths, self.samples = widths, samples
        total = sum((i + 1) * o for i, o in zip(widths, widths[1:]))
        self.x = torch.randn(ROWS, widths[0])
        self.y = torch.arange(ROWS) % widths[-1]
        self.order, self.at = torch.randperm(ROWS), 0
        self.mu = (0.05 * torch.randn(total)).requires_grad_()
        self.rho = torch.full((total,), -3.0, requires_grad=True)
        self.adam = torch.optim.Adam([self.mu, self.rho], lr=1e-3, fused=True)

    def loss(self):
        index = self.order[self.at : self.at + BATCH]
        self.at = (self.at + BATCH) % ROWS
        s, sigma = self.samples, softplus(self.rho)
        w = torch.addcmul(self.mu, sigma, torch.randn(s, self.mu.numel()))
        h, at = self.x[index].expand(s, BATCH, self.widths[0]), 0
        for layer, (i, o) in enumerate(zip(self.widths, self.widths[1:])):
            if layer:
                h = torch.relu(h)
            weight = w[:, at : at + i * o].view(s, o, i)
            bias = w[:, at + i * o : at + (i + 1) * o].view(s, 1, o)
            h = torch.baddbmm(bias, h, weight.transpose(1, 2))
            at += (i + 1) * o
        nll = cross_entropy(h.flatten(0, 1), self.y[index].repeat(s), reduction="sum")
        kl = 0.5 * (self.mu**2 + sigma**2 - 1 - 2 * sigma.log()).sum()
        return nll * (ROWS / (BATCH * s)) + kl

    def step(self):
        self.adam.zero_grad()
        self.loss().backward()
        self.adam.step()


def torch_rate(net, seconds):
    for _ in range(20):
        net.step()
    steps, start, processor = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        net.step()
        steps += 1
    processor = time.process_time() - processor
    return steps / (time.perf_counter() - start), 1e6 * processor / steps


def symvi_rate(program, name, threads, seconds):
    info = subprocess.run([program, "info"], capture_output=True, text=True, check=True).stdout
    row = next(line for line in info.splitlines() if line.startswith("microkernels")).split()[1]
    out = subprocess.run(
        [program, "bench", "--json", "--kernel", f"^trainStep/{name}$", "--isa", row,
         "--threads", str(threads), "--time", f"{seconds}s"],
        capture_output=True, text=True, check=True).stdout
    result = json.loads(out.splitlines()[0])
    return result["rate"], result["processor_ns_per_op"] / 1000


def median(measured):
    rate, processor = (statistics.median(m) for m in zip(*measured))
    return f"{rate:.0f} steps/s, {processor:.0f} µs processor time a step"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--symvi", help="the program to set beside PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of one measurement")
    parser.add_argument("threads", type=int, nargs="*", default=[1, 2])
    a = parser.parse_args()
    print(f"PyTorch {torch.__version__}; load {os.getloadavg()[0]:.1f}")
    for widths, samples in NETS:
        name = "-".join(map(str, widths)) + f",batch={BATCH},S={samples}"
        for threads in a.threads:
            torch.set_num_threads(threads)
            net, theirs, ours = Net(widths, samples), [], []
            for _ in range(a.rounds):
                theirs.append(torch_rate(net, a.seconds))
                if a.symvi:
                    ours.append(symvi_rate(a.symvi, name, threads, a.seconds))
            line = f"{name} threads={threads} PyTorch {median(theirs)}"
            if ours:
                line += f", symvi {median(ours)}"
            print(line, f"(load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    main()
