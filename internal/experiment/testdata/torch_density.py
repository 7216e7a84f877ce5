"""Log-densities of an exported posterior by PyTorch, for TestExportInTorch.

    python3 torch_density.py POSTERIOR.safetensors < QUESTION.json > ANSWER.json

The question holds inputs x (rows), labels and, for every tensor without its _mu or _rho, standard
normal numbers eps. The answer is log q(w) at w = mu + softplus(rho)·eps and log p(label | x, w)
of every row, for the network with ReLU that has these weights, in float64.
"""

import json
import sys

import torch
from safetensors.torch import load_file
from torch.nn.functional import linear, log_softmax, relu, softplus

question = json.load(sys.stdin)
tensors = {name: t.double() for name, t in load_file(sys.argv[1]).items()}
log_q, weights = 0.0, {}
for name in sorted({n.rsplit("_", 1)[0] for n in tensors}):
    mu, sigma = tensors[name + "_mu"], softplus(tensors[name + "_rho"])
    eps = torch.tensor(question["eps"][name], dtype=torch.float64).reshape(mu.shape)
    weights[name] = mu + sigma * eps
    log_q += torch.distributions.Normal(mu, sigma).log_prob(weights[name]).sum().item()
h = torch.tensor(question["x"], dtype=torch.float64)
layers = len(weights) // 2
for n in range(layers):
    h = linear(h, weights[f"layers.{n}.weight"], weights[f"layers.{n}.bias"])
    if n < layers - 1:
        h = relu(h)
rows = log_softmax(h, -1)[torch.arange(len(h)), torch.tensor(question["labels"])]
json.dump({"log_q": log_q, "rows": rows.tolist()}, sys.stdout)
