"""Times cuBLAS, cuRAND, PyTorch and JAX on the cases of ours (cuda/bench_test.go) and prints
the ratios ours / theirs, from the Go benchmarks' output in the file named first. LIMIT
ends it after so many seconds.

cuBLAS and cuRAND are called directly, in the libraries that PyTorch brings; PyTorch only
gives them memory and the clock. Everything is in float32 unless a case says TF32.
"""

import ctypes
import glob
import os
import re
import statistics
import sys
import time

import torch
import torch.nn.functional as F

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
device = torch.device("cuda")


def seconds(op, least=0.5):
    """The time of one call, from events around as many as take `least` seconds: the
    median of three such runs."""
    for _ in range(3):
        op()
    torch.cuda.synchronize()
    n, times = 1, []
    while len(times) < 3:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(n):
            op()
        end.record()
        end.synchronize()
        total = start.elapsed_time(end) / 1e3
        if total >= least:
            times.append(total / n)
        else:
            n = max(2 * n, int(1.2 * n * least / max(total, 1e-6)))
    return statistics.median(times)


def library(name):
    """A library that PyTorch has loaded or brings with it."""
    torch.zeros(2, 2, device=device) @ torch.zeros(2, 2, device=device)
    with open("/proc/self/maps") as maps:
        for line in maps:
            path = line.split()[-1]
            if re.search(rf"/lib{name}\.so", path):
                return ctypes.CDLL(path)
    brought = [found for folder in sys.path for found in glob.glob(f"{folder}/nvidia/*/lib/lib{name}.so*")]
    return ctypes.CDLL(brought[0] if brought else f"lib{name}.so")


def check(status):
    if status != 0:
        raise RuntimeError(f"status {status}")


class Blas:
    DEFAULT, TF32 = 0, 3  # cublasMath_t

    def __init__(self):
        self.lib = library("cublas")
        self.handle = ctypes.c_void_p()
        check(self.lib.cublasCreate_v2(ctypes.byref(self.handle)))
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        check(self.lib.cublasSetStream_v2(self.handle, stream))

    def gemm(self, kind, batch, m, n, k, shared, tf32):
        """C = op(A) op(B), row-major, which cuBLAS sees as Cᵀ = op(B)ᵀ op(A)ᵀ."""
        check(self.lib.cublasSetMathMode(self.handle, self.TF32 if tf32 else self.DEFAULT))
        a = torch.randn((1 if shared else batch) * m * k, device=device)
        b = torch.randn(batch * n * k, device=device)
        c = torch.empty(batch * m * n, device=device)
        lda, ldb = (m if kind == "TN" else k), (k if kind == "NT" else n)
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        long = ctypes.c_longlong
        # converted once, so that the host keeps ahead of the GPU
        arguments = (self.handle, *map(ctypes.c_int, (kind == "NT", kind == "TN", n, m, k)),
                     ctypes.byref(one), ctypes.c_void_p(b.data_ptr()), ctypes.c_int(ldb), long(n * k),
                     ctypes.c_void_p(a.data_ptr()), ctypes.c_int(lda), long(0 if shared else m * k),
                     ctypes.byref(zero), ctypes.c_void_p(c.data_ptr()), ctypes.c_int(n), long(m * n), ctypes.c_int(batch))
        call = self.lib.cublasSgemmStridedBatched
        each = seconds(lambda: check(call(*arguments)))
        row = a[: m * k].reshape((k, m) if kind == "TN" else (m, k)).double()
        col = b[: n * k].reshape((n, k) if kind == "NT" else (k, n)).double()
        want = (row.T if kind == "TN" else row) @ (col.T if kind == "NT" else col)
        worst = (c[: m * n].reshape(m, n).double() - want).abs().max() / want.abs().max()
        assert worst < (1e-2 if tf32 else 1e-4), f"cuBLAS {kind}: wrong product, {worst}"
        return 2 * batch * m * n * k / each / 1e12


def curand(n):
    """Normal float32 from cuRAND's Philox generator, GB/s written."""
    philox = 161
    lib = library("curand")
    generator = ctypes.c_void_p()
    check(lib.curandCreateGenerator(ctypes.byref(generator), philox))
    check(lib.curandSetStream(generator, ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)))
    x = torch.empty(n, device=device)
    each = seconds(lambda: check(lib.curandGenerateNormal(generator, ctypes.c_void_p(x.data_ptr()), ctypes.c_size_t(n), ctypes.c_float(0), ctypes.c_float(1))))
    assert abs(x.std().item() - 1) < 1e-2
    return 4 * n / each / 1e9


def fill(n):
    """The bandwidth of writing, GB/s."""
    x = torch.empty(n, device=device)
    return 4 * n / seconds(x.zero_) / 1e9


class Net:
    """Mean-field variational inference of a 784-H-10 network on minibatches of 100 of
    60 000 rows, written for speed: one flat vector of parameters, one batched product a
    layer for all samples of the weights, fused Adam, another minibatch every step."""

    ROWS, BATCH = 60_000, 100

    def __init__(self, hidden, samples):
        self.samples, self.shapes = samples, [(784, hidden), (1, hidden), (hidden, 10), (1, 10)]
        self.sizes = [i * o for i, o in self.shapes]
        total = sum(self.sizes)
        self.x = torch.randn(self.ROWS, 784, device=device)
        self.y = torch.arange(self.ROWS, device=device) % 10
        self.order = torch.randperm(self.ROWS, device=device)
        self.at = torch.zeros((), dtype=torch.long, device=device)
        self.lane = torch.arange(self.BATCH, device=device)
        self.mu = (0.05 * torch.randn(total, device=device)).requires_grad_()
        self.rho = torch.full((total,), -3.0, device=device, requires_grad=True)
        # made here, or they would be memory of a graph's pool
        self.mu.grad, self.rho.grad = torch.zeros_like(self.mu), torch.zeros_like(self.rho)
        self.optimizer = torch.optim.Adam([self.mu, self.rho], lr=1e-3, fused=True, capturable=True)

    def loss(self):
        index = self.order[(self.at * self.BATCH + self.lane) % self.ROWS]
        x, y = self.x[index], self.y[index]
        sigma = F.softplus(self.rho)
        w = torch.addcmul(self.mu, sigma, torch.randn(self.samples, self.mu.numel(), device=device))
        w1, b1, w2, b2 = [part.view(-1, i, o) for part, (i, o) in zip(w.split(self.sizes, dim=1), self.shapes)]
        h = torch.baddbmm(b1, x.expand(self.samples, -1, -1), w1).relu()
        out = torch.baddbmm(b2, h, w2)
        nll = F.cross_entropy(out.view(-1, 10), y.repeat(self.samples), reduction="sum")
        kl = 0.5 * (sigma.square() + self.mu.square()).sum() - sigma.log().sum()
        return nll * (self.ROWS / self.BATCH / self.samples) + kl

    def step(self):
        self.optimizer.zero_grad(set_to_none=False)
        self.loss().backward()
        self.optimizer.step()
        self.at += 1


def captured(step):
    """The step captured once as a CUDA graph."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def eager(hidden, samples):
    return 1 / seconds(Net(hidden, samples).step)


def graphed(hidden, samples):
    return 1 / seconds(captured(Net(hidden, samples).step))


def compiled(hidden, samples):
    """The loss and its gradient through torch.compile, the whole step captured."""
    net = Net(hidden, samples)
    net.loss = torch.compile(net.loss)
    return 1 / seconds(captured(net.step))


def jax_scan(hidden, samples, generator, tf32):
    """The same step in JAX, 200 of them compiled as one loop."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if tf32 else "highest")
    rows, batch, steps = Net.ROWS, Net.BATCH, 200
    shapes = [(784, hidden), (hidden,), (hidden, 10), (10,)]
    sizes = [784 * hidden, hidden, hidden * 10, 10]
    total = sum(sizes)
    start = jax.random.key(1, impl=generator)
    x, y = jax.random.normal(start, (rows, 784)), jnp.arange(rows) % 10

    def forward(w, index):
        w1, b1, w2, b2 = [p.reshape(s) for p, s in zip(jnp.split(w, [sizes[0], sizes[0] + sizes[1], total - 10]), shapes)]
        return jax.nn.log_softmax(jax.nn.relu(x[index] @ w1 + b1) @ w2 + b2)

    def loss(params, key, index):
        mu, rho = params
        sigma = jax.nn.softplus(rho)
        w = mu + sigma * jax.random.normal(key, (samples, total))
        logp = jax.vmap(lambda w: forward(w, index))(w)
        labels = jnp.broadcast_to(y[index][None, :, None], (samples, batch, 1))
        nll = -jnp.take_along_axis(logp, labels, 2).sum() * (rows / batch / samples)
        return nll + (0.5 * (sigma**2 + mu**2 - 1) - jnp.log(sigma)).sum()

    def step(state, t):
        params, m, v, key = state
        key, sub = jax.random.split(key)
        g = jax.grad(loss)(params, sub, (t * batch + jnp.arange(batch)) % rows)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        s = t + 1.0
        params = jax.tree.map(lambda p, m, v: p - 1e-3 * (m / (1 - 0.9**s)) / (jnp.sqrt(v / (1 - 0.999**s)) + 1e-8), params, m, v)
        return (params, m, v, key), None

    run = jax.jit(lambda state: jax.lax.scan(step, state, jnp.arange(steps))[0])
    params = (0.05 * jax.random.normal(start, (total,)), jnp.full((total,), -3.0))
    zero = jax.tree.map(jnp.zeros_like, params)
    state = jax.block_until_ready(run((params, zero, zero, start)))
    times = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(5):
            state = run(state)
        jax.block_until_ready(state)
        times.append((time.perf_counter() - began) / 5)
    return steps / statistics.median(times)


def ours(path):
    """name → (value, unit) of the Go benchmarks: of each the median of its runs' metric."""
    values, units = {}, {}
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if line.startswith("Benchmark") and len(words) >= 4:
                pairs = list(zip(words[2::2], words[3::2]))
                value, unit = next((p for p in pairs if p[1] != "ns/op"), pairs[0])
                name = re.sub(r"-\d+$", "", words[0].removeprefix("Benchmark"))
                values.setdefault(name, []).append(float(value))
                units[name] = unit
    return {name: (statistics.median(v), units[name]) for name, v in values.items()}


def peers(name):
    """Yields (peer, function) for one of our cases."""
    if m := re.fullmatch(r"Gemm/(NN|NT|TN)-(\d+)x(\d+)x(\d+)x(\d+)/(float32|tf32)", name):
        kind, (batch, rows, cols, k) = m[1], map(int, m.groups()[1:5])
        yield "cuBLAS " + m[6], lambda: Blas().gemm(kind, batch, rows, cols, k, batch > 1, m[6] == "tf32")
    elif m := re.fullmatch(r"Sample/(\d+)x(\d+)", name):
        n = int(m[1]) * int(m[2])
        yield "cuRAND", lambda: curand(n)
        yield "write bandwidth", lambda: fill(n)
    elif m := re.fullmatch(r"Train/none-hidden(\d+)-samples(\d+)/(float32|tf32)", name):
        hidden, samples = int(m[1]), int(m[2])
        torch.backends.cuda.matmul.allow_tf32 = m[3] == "tf32"
        yield "PyTorch eager", lambda: eager(hidden, samples)
        yield "PyTorch CUDA graph", lambda: graphed(hidden, samples)
        yield "PyTorch compiled, CUDA graph", lambda: compiled(hidden, samples)
        for generator in ("threefry2x32", "rbg"):
            yield f"JAX scan, {generator}", lambda: jax_scan(hidden, samples, generator, m[3] == "tf32")


def main():
    print(f"\n{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}\n")
    print("| case | unit | symvi | peer | theirs | ratio |")
    print("|---|---|---|---|---|---|")
    began, limit = time.perf_counter(), float(os.environ.get("LIMIT", "inf"))
    for name, (value, unit) in ours(sys.argv[1]).items():
        for peer, measure in peers(name):
            if time.perf_counter() - began > limit:
                print("the limit is reached")
                return
            try:
                theirs = measure()
                print(f"| {name} | {unit} | {value:.4g} | {peer} | {theirs:.4g} | {value / theirs:.2f} |", flush=True)
            except Exception as problem:  # one peer must not end the others
                print(f"| {name} | {unit} | {value:.4g} | {peer} | not measured: {str(problem).splitlines()[0]} | |", flush=True)
            torch.cuda.empty_cache()
        torch.backends.cuda.matmul.allow_tf32 = False


main()
