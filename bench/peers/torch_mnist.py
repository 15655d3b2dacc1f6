#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch on the peers' workloads, one JSON line a measurement.

  torch_mnist.py [mlp-b32] [mlp-1024] [cnn] [keras-convnet] [torch-convnet] [infer] [gemm]
                 [--device cpu|cuda] [--epochs N] [--full] [--variant NAME]...

Data is preloaded as tensors (no DataLoader). On the CPU each thread count runs in a process of
its own; CUDA is used too where PyTorch has it. A variant that this PyTorch lacks is skipped, with
a line on stderr. On the CPU cnn and torch-convnet train on 6400 images and their epoch is
scaled to 60000 ("extrapolated") unless --full is given. Runs on PyTorch 1.13 and later.
"""
import argparse
import os
import statistics
import sys
import time

T0 = time.perf_counter()
import common  # noqa: E402

ALL = ["mlp-b32", "mlp-1024", "cnn", "keras-convnet", "torch-convnet", "infer", "gemm"]
CONVOLUTIONS = ("cnn", "keras-convnet", "torch-convnet")


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("workloads", nargs="*", default=[])
    p.add_argument("--device", choices=["cpu", "cuda"])
    p.add_argument("--epochs", type=int)
    p.add_argument("--full", action="store_true")
    p.add_argument("--variant", action="append")  # only these; all without it
    return p.parse_args()


args = parse()
if "PEERS_CHILD" not in os.environ:  # the parent: one child per thread count, then one for CUDA
    if args.device != "cuda":
        for n in common.thread_counts():
            common.child(__file__, n, sys.argv[1:] + ["--device", "cpu"])
    if args.device != "cpu":
        common.child(__file__, len(os.sched_getaffinity(0)), sys.argv[1:] + ["--device", "cuda"])
    sys.exit(0)

THREADS = int(os.environ["PEERS_CHILD"])
try:
    import torch
    from torch import nn
    import torch.nn.functional as F
except ImportError as e:
    common.skip("pytorch", e)
    sys.exit(0)
if THREADS > 1 and not torch.backends.mkl.is_available() and "OMP_WAIT_POLICY" not in os.environ:
    # Debian's PyTorch has two thread pools, OpenMP's and OpenBLAS's: spinning OpenMP threads starve the other's
    os.execve(sys.executable, [sys.executable] + sys.argv, dict(os.environ, OMP_WAIT_POLICY="PASSIVE"))
CUDA = args.device == "cuda"
if CUDA and not torch.cuda.is_available():
    common.skip("pytorch on cuda", "no CUDA device or a PyTorch without CUDA")
    sys.exit(0)
DEV = torch.device(args.device)
torch.set_num_threads(THREADS)
torch.manual_seed(42)
if CUDA:
    torch.backends.cudnn.benchmark = True
NAME = torch.cuda.get_device_name() if CUDA else "cpu"
TORCH2 = int(torch.__version__.split(".")[0]) >= 2


def emit(**kw):
    common.emit(peer="pytorch", device=args.device, device_name=NAME, threads=THREADS, version=torch.__version__, **kw)


def sync():
    if CUDA:
        torch.cuda.synchronize()


def tf32(on):
    """Float32 products on CUDA: true float32, or TF32 (which cuDNN's convolutions use unless told not to)."""
    torch.backends.cuda.matmul.allow_tf32 = on
    torch.backends.cudnn.allow_tf32 = on


def load():
    a, b, c, d = (torch.frombuffer(v, dtype=torch.uint8) for v in common.mnist())
    img = [v.view(-1, 784).to(DEV).float().div_(255) for v in (a, c)]
    lab = [v.to(DEV).long() for v in (b, d)]
    sync()
    return img[0], lab[0], img[1], lab[1]


def make(workload):
    """The model and its batch size."""
    if workload == "mlp-1024":
        return nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)), 256
    if workload in ("cnn", "torch-convnet"):
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(),
                             nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(),
                             nn.Dropout(0.5), nn.Linear(128, 10)), 128 if workload == "cnn" else 64
    if workload == "keras-convnet":
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5),
                             nn.Linear(1600, 10)), 128
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), 32


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        ok = sum((model(x[i:i + 1000]).argmax(1) == y[i:i + 1000]).sum().item() for i in range(0, len(x), 1000))
    model.train()
    return ok / len(x)


class Eager:
    """A plain loop; compiled: the model and its loss go through torch.compile."""

    def __init__(self, model, B, x, y, compiled=None, adadelta=False, **options):
        self.model, self.B, self.x, self.y = model, B, x, y
        self.opt = (torch.optim.Adadelta(model.parameters(), lr=1.0, **options) if adadelta else
                    torch.optim.Adam(model.parameters(), lr=1e-3, **options))
        self.schedule = torch.optim.lr_scheduler.StepLR(self.opt, 1, gamma=0.7) if adadelta else None
        self.loss = lambda xb, yb: F.cross_entropy(model(xb), yb)
        if compiled:
            self.loss = torch.compile(self.loss, **compiled)

    def epoch(self, perm, nb):
        B, x, y, opt, loss = self.B, self.x, self.y, self.opt, self.loss
        for i in range(nb):
            j = perm[i * B:(i + 1) * B]
            opt.zero_grad(set_to_none=True)
            loss(x[j], y[j]).backward()
            opt.step()
        if self.schedule:
            self.schedule.step()


class Graph:
    """CUDA graph of k whole steps (gather, forward, backward, Adam), replayed."""

    def __init__(self, model, B, x, y, k, nb, **adam):
        self.k = k
        self.perm = torch.arange(nb * B, device=DEV).view(nb, B)
        self.at = torch.zeros(1, dtype=torch.long, device=DEV)
        opt = torch.optim.Adam(model.parameters(), lr=1e-3, capturable=True, **adam)

        def step():
            j = self.perm.index_select(0, self.at).view(-1)
            opt.zero_grad(set_to_none=True)
            F.cross_entropy(model(x.index_select(0, j)), y.index_select(0, j)).backward()
            opt.step()
            self.at.add_(1)

        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # three real steps, as PyTorch asks before a capture
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        opt.zero_grad(set_to_none=True)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            for _ in range(k):
                step()
        self.opt = opt

    def epoch(self, perm, nb):
        self.perm.copy_(perm[:self.perm.numel()].view_as(self.perm))
        self.at.zero_()
        for _ in range(nb // self.k):
            self.graph.replay()


def train(workload, variant, setup_s, data, epochs, images, build):
    """Builds a trainer, runs it, prints its line. Partial batches are dropped, as all peers do."""
    try:
        t = time.perf_counter()
        torch.manual_seed(42)
        model, B = make(workload)
        model = model.to(DEV)
        if "channels-last" in variant:
            model = model.to(memory_format=torch.channels_last)
        n, nb = len(data[0]), images // B
        trainer = build(model, B, nb)
        times, first = [], 0.0
        for e in range(epochs):
            sync()
            s = time.perf_counter()
            trainer.epoch(torch.randperm(n, device=DEV), nb)
            sync()
            times.append((time.perf_counter() - s) * (n // B) / nb)
            if e == 0:
                first = setup_s + time.perf_counter() - t
        emit(workload=workload, variant=variant, epoch_s=statistics.median(times), epoch_min_s=min(times),
             test_acc=accuracy(model, data[2], data[3]), epochs=epochs, first_epoch_done_s=first,
             optimizer="adadelta" if workload == "torch-convnet" else "adam",
             tf32=CUDA and torch.backends.cuda.matmul.allow_tf32, extrapolated=images < n)
    except Exception as e:  # noqa: BLE001 - a variant that this PyTorch lacks must not end the others
        common.skip("%s %s" % (workload, variant), "%s: %s" % (type(e).__name__, e))


def divisor(n, most):
    return max(k for k in range(1, most + 1) if n % k == 0)


def train_all(workload, data, setup_s):
    n = len(data[0])
    big = workload != "mlp-b32"
    epochs = args.epochs or (5 if CUDA or not big else 2 if workload == "mlp-1024" else 1)
    images = 6400 if workload in ("cnn", "torch-convnet") and not CUDA and not args.full else n
    if workload == "torch-convnet":  # its example gives the pixels mean 0 and deviation 1
        data = [(v - 0.1307) / 0.3081 if v.is_floating_point() else v for v in data]
    x, y = data[0], data[1]
    adadelta = workload == "torch-convnet"

    def run(variant, build):
        if args.variant and variant not in args.variant:
            return
        train(workload, variant, setup_s, data, epochs, images, build)

    if CUDA and adadelta:
        tf32(False)
        run("eager", lambda m, B, nb: Eager(m, B, x, y, adadelta=True))
        return
    if CUDA:
        for on in (False, True) if big else (False,):
            tf32(on)
            s = "-tf32" if on else ""
            run("eager" + s, lambda m, B, nb: Eager(m, B, x, y))
            run("eager-fused" + s, lambda m, B, nb: Eager(m, B, x, y, fused=True))
            if TORCH2:
                run("compile" + s, lambda m, B, nb: Eager(m, B, x, y, compiled={"mode": "reduce-overhead"}, fused=True))
            run("cudagraph" + s, lambda m, B, nb: Graph(m, B, x, y, 1, nb))
            run("cudagraph-fused" + s, lambda m, B, nb: Graph(m, B, x, y, 1, nb, fused=True))
            run("cudagraph-fused-many" + s, lambda m, B, nb: Graph(m, B, x, y, divisor(nb, 40), nb, fused=True))
        tf32(False)
        return
    run("eager", lambda m, B, nb: Eager(m, B, x, y, adadelta=adadelta))
    if workload in CONVOLUTIONS:
        run("eager-channels-last", lambda m, B, nb: Eager(m, B, x, y, adadelta=adadelta))
        return
    run("eager-foreach", lambda m, B, nb: Eager(m, B, x, y, foreach=True))
    if TORCH2:
        run("eager-fused", lambda m, B, nb: Eager(m, B, x, y, fused=True))
        if not big:
            run("compile", lambda m, B, nb: Eager(m, B, x, y, compiled={}, fused=True))


def infer_all(data):
    """Seed MLP with its softmax. Batch 1: input and result in host memory. Batch 4096: input where the model is."""
    torch.manual_seed(42)
    model = make("mlp-b32")[0].to(DEV).eval()
    model = nn.Sequential(model, nn.Softmax(1)).eval()
    big = data[2][:4096].contiguous()
    one = [data[2][i:i + 1].cpu().contiguous() for i in range(1000)]

    def measure(variant, f, f4096=None):
        if args.variant and variant not in args.variant:
            return
        try:
            f4096 = f4096 or f
            with torch.no_grad():
                lat = []
                for i in range(3000):
                    s = time.perf_counter()
                    f(one[i % 1000].to(DEV)).cpu()
                    lat.append(time.perf_counter() - s)
                emit(workload="infer-b1", variant=variant, latency_us=1e6 * statistics.median(lat[500:]),
                     latency_p99_us=1e6 * statistics.quantiles(lat[500:], n=100)[98])
                best = 1e9
                for i in range(100 if CUDA else 30):
                    sync()
                    s = time.perf_counter()
                    f4096(big)
                    sync()
                    best = min(best, time.perf_counter() - s)
                emit(workload="infer-b4096", variant=variant, samples_s=4096 / best)
        except Exception as e:  # noqa: BLE001
            common.skip("infer " + variant, "%s: %s" % (type(e).__name__, e))

    measure("eager", model)
    try:
        with torch.no_grad():
            jit = torch.jit.freeze(torch.jit.trace(model, big))
            jit1 = torch.jit.freeze(torch.jit.trace(model, one[0].to(DEV)))
        measure("jit", jit1, jit)
    except Exception as e:  # noqa: BLE001
        common.skip("infer jit", e)
    if TORCH2:
        opts = {"mode": "reduce-overhead"} if CUDA else {}
        try:
            measure("compile", torch.compile(model, dynamic=False, **opts))
        except Exception as e:  # noqa: BLE001
            common.skip("infer compile", e)
    if CUDA:
        try:
            def capture(x):
                x = x.clone()
                with torch.no_grad():
                    side = torch.cuda.Stream()
                    side.wait_stream(torch.cuda.current_stream())
                    with torch.cuda.stream(side):
                        for _ in range(3):
                            model(x)
                    torch.cuda.current_stream().wait_stream(side)
                    g = torch.cuda.CUDAGraph()
                    with torch.cuda.graph(g):
                        out = model(x)

                def call(v):
                    x.copy_(v)
                    g.replay()
                    return out
                return call
            measure("cudagraph", capture(one[0].to(DEV)), capture(big))
        except Exception as e:  # noqa: BLE001
            common.skip("infer cudagraph", e)


def gemm_all():
    for on in (False, True) if CUDA else (False,):
        if CUDA:
            tf32(on)
        for n in (512, 1024, 2048) + ((4096, 8192) if CUDA else ()):
            a, b, c = (torch.randn(n, n, device=DEV) for _ in range(3))
            reps, best = max(1, (1024 // n) ** 2 * 4) if not CUDA else 20, 1e9
            for _ in range(6):
                sync()
                s = time.perf_counter()
                for _ in range(reps):
                    torch.mm(a, b, out=c)
                sync()
                best = min(best, (time.perf_counter() - s) / reps)
            emit(workload="sgemm-%d" % n, variant="mm-tf32" if on else "mm", gflops=2e-9 * n ** 3 / best, tf32=on)
    if CUDA:
        tf32(False)


def main():
    todo = args.workloads or ALL
    unknown = [w for w in todo if w not in ALL]
    if unknown:
        sys.exit("unknown workload: %s (known: %s)" % (" ".join(unknown), " ".join(ALL)))
    if CUDA:
        tf32(False)
    data = load() if set(todo) - {"gemm"} else None
    setup_s = time.perf_counter() - T0
    for w in todo:
        if w == "gemm":
            gemm_all()
        elif w == "infer":
            infer_all(data)
        else:
            train_all(w, data, setup_s)


main()
