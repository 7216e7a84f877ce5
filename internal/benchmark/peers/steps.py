"""Training steps per second of PyTorch on the CPU, to set beside `symvi bench --kernel trainStep`.

    python3 internal/benchmark/peers/steps.py [threads ...]

The step is symvi's: a minibatch of 100, S weight samples of one flat vector of means and
scales, the negative ELBO with its closed-form KL, its gradient, one step of Adam. PyTorch
runs it eagerly with its fused Adam; compiling it is slower here for the small networks.
"""

import sys
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


def rate(net, least=1.5):
    for _ in range(20):
        net.step()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < least:
        net.step()
        steps += 1
    return steps / (time.perf_counter() - start)


def main():
    print(f"PyTorch {torch.__version__}")
    for threads in map(int, sys.argv[1:] or ["1", "2"]):
        torch.set_num_threads(threads)
        for widths, samples in NETS:
            name = "-".join(map(str, widths))
            print(f"{name},batch={BATCH},S={samples} threads={threads} {rate(Net(widths, samples)):.0f} steps/s", flush=True)


if __name__ == "__main__":
    main()
