"""Times cuBLAS, cuRAND and PyTorch on the cases of ours (cuda/bench_test.go) and prints
the ratios ours / theirs, from the Go benchmarks' output in the file named first.

cuBLAS and cuRAND are called directly, in the libraries that PyTorch brings; PyTorch only
gives them memory and the clock. Everything is in float32 unless a case says TF32.
"""

import ctypes
import glob
import re
import statistics
import sys

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
        time = seconds(lambda: check(call(*arguments)))
        row = a[: m * k].reshape((k, m) if kind == "TN" else (m, k)).double()
        col = b[: n * k].reshape((n, k) if kind == "NT" else (k, n)).double()
        want = (row.T if kind == "TN" else row) @ (col.T if kind == "NT" else col)
        worst = (c[: m * n].reshape(m, n).double() - want).abs().max() / want.abs().max()
        assert worst < (1e-2 if tf32 else 1e-4), f"cuBLAS {kind}: wrong product, {worst}"
        return 2 * batch * m * n * k / time / 1e12


def curand(n):
    """Normal float32 from cuRAND's Philox generator, GB/s written."""
    philox = 161
    lib = library("curand")
    generator = ctypes.c_void_p()
    check(lib.curandCreateGenerator(ctypes.byref(generator), philox))
    check(lib.curandSetStream(generator, ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)))
    x = torch.empty(n, device=device)
    time = seconds(lambda: check(lib.curandGenerateNormal(generator, ctypes.c_void_p(x.data_ptr()), ctypes.c_size_t(n), ctypes.c_float(0), ctypes.c_float(1))))
    assert abs(x.std().item() - 1) < 1e-2
    return 4 * n / time / 1e9


def fill(n):
    """The bandwidth of writing, GB/s."""
    x = torch.empty(n, device=device)
    return 4 * n / seconds(x.zero_) / 1e9


class Net:
    """Mean-field variational inference of a 784-H-10 network, as PyTorch would do it:
    one batched product for all samples of the weights, fused Adam."""

    def __init__(self, hidden, samples, capturable):
        self.samples, self.shapes = samples, [(784, hidden), (1, hidden), (hidden, 10), (1, 10)]
        total = sum(i * o for i, o in self.shapes)
        self.x = torch.randn(60_000, 784, device=device)
        self.y = torch.arange(60_000, device=device) % 10
        self.index = torch.randint(0, 60_000, (100,), device=device)
        self.mu = (0.05 * torch.randn(total, device=device)).requires_grad_()
        self.rho = torch.full((total,), -3.0, device=device, requires_grad=True)
        self.optimizer = torch.optim.Adam([self.mu, self.rho], lr=1e-3, fused=True, capturable=capturable)

    def loss(self):
        x, y = self.x[self.index], self.y[self.index]
        sigma = F.softplus(self.rho)
        w = self.mu + sigma * torch.randn(self.samples, self.mu.numel(), device=device)
        parts = []
        at = 0
        for i, o in self.shapes:
            parts.append(w[:, at:at + i * o].reshape(self.samples, i, o))
            at += i * o
        h = F.relu(torch.matmul(x, parts[0]) + parts[1])
        out = torch.matmul(h, parts[2]) + parts[3]
        nll = F.cross_entropy(out.reshape(-1, 10), y.repeat(self.samples)) * 60_000
        kl = (0.5 * (sigma**2 + self.mu**2 - 1) - torch.log(sigma)).sum()
        return nll + kl

    def step(self):
        self.optimizer.zero_grad(set_to_none=False)
        self.loss().backward()
        self.optimizer.step()


def eager(hidden, samples):
    net = Net(hidden, samples, False)
    return 1 / seconds(net.step)


def graphed(hidden, samples):
    """The same step captured once as a CUDA graph and replayed."""
    net = Net(hidden, samples, True)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            net.step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        net.step()
    return 1 / seconds(graph.replay)


def compiled(hidden, samples):
    """The loss through torch.compile, which also uses CUDA graphs."""
    net = Net(hidden, samples, True)
    loss = torch.compile(net.loss, mode="reduce-overhead")

    def step():
        torch.compiler.cudagraph_mark_step_begin()
        net.optimizer.zero_grad(set_to_none=False)
        loss().backward()
        net.optimizer.step()

    return 1 / seconds(step)


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
        yield "PyTorch compile", lambda: compiled(hidden, samples)


def main():
    print(f"\n{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}\n")
    print("| case | unit | symvi | peer | theirs | ratio |")
    print("|---|---|---|---|---|---|")
    for name, (value, unit) in ours(sys.argv[1]).items():
        for peer, measure in peers(name):
            try:
                theirs = measure()
                print(f"| {name} | {unit} | {value:.4g} | {peer} | {theirs:.4g} | {value / theirs:.2f} |", flush=True)
            except Exception as problem:  # one peer must not end the others
                print(f"| {name} | {unit} | {value:.4g} | {peer} | not measured: {str(problem).splitlines()[0]} | |", flush=True)
            torch.cuda.empty_cache()
        torch.backends.cuda.matmul.allow_tf32 = False


main()
