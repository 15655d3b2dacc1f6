#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""tf.keras on the peers' workloads, one JSON line a measurement. For TensorFlow 2.16 and later (Keras 3).

  keras_mnist.py [mlp-b32] [cnn] [keras-convnet] [infer] [--epochs N] [--full] [--variant NAME]...

model.fit() as a user writes it, and again with steps_per_execution, which is Keras's own way to
lower the cost of a step. Each thread count runs in a process of its own; where TensorFlow sees a
GPU, one more process uses that. On the CPU the cnn trains on 6400 images and its epoch is scaled
to 60000 ("extrapolated") unless --full is given.
"""
import argparse
import os
import statistics
import sys
import time

T0 = time.perf_counter()
import common  # noqa: E402

ALL = ["mlp-b32", "cnn", "keras-convnet", "infer"]
p = argparse.ArgumentParser()
p.add_argument("workloads", nargs="*", default=[])
p.add_argument("--device", choices=["cpu", "gpu"])
p.add_argument("--epochs", type=int)
p.add_argument("--full", action="store_true")
p.add_argument("--variant", action="append")  # only these; all without it
args = p.parse_args()

if "PEERS_CHILD" not in os.environ:  # the parent: one child per thread count, then one for a GPU
    try:
        import importlib.util
        if importlib.util.find_spec("tensorflow") is None:
            raise ImportError("TensorFlow is not installed (setup.sh --pip-tensorflow, on a machine with a package index)")
    except ImportError as e:
        common.skip("keras", e)
        sys.exit(0)
    if args.device != "gpu":
        for n in common.thread_counts():
            common.child(__file__, n, sys.argv[1:] + ["--device", "cpu"])
    if args.device != "cpu":
        common.child(__file__, len(os.sched_getaffinity(0)), sys.argv[1:] + ["--device", "gpu"])
    sys.exit(0)

THREADS = int(os.environ["PEERS_CHILD"])
GPU = args.device == "gpu"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
if not GPU:
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
try:
    import numpy as np
    import tensorflow as tf
except ImportError as e:
    common.skip("keras", e)
    sys.exit(0)
tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.config.threading.set_inter_op_parallelism_threads(THREADS)
if GPU and not tf.config.list_physical_devices("GPU"):
    common.skip("keras on a gpu", "TensorFlow sees none")
    sys.exit(0)
keras = tf.keras
L = keras.layers


def emit(**kw):
    common.emit(peer="keras", device=args.device, threads=THREADS, version="tf " + tf.__version__, **kw)


def load():
    a, b, c, d = (np.frombuffer(bytes(v), dtype=np.uint8) for v in common.mnist())
    img = [v.reshape(-1, 784).astype("float32") / 255.0 for v in (a, c)]
    return img[0], b.astype("int64"), img[1], d.astype("int64")


def make(workload):
    """The model and its batch size."""
    if workload == "cnn":
        return keras.Sequential([
            keras.Input((784,)), L.Reshape((28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.Conv2D(64, 3, activation="relu"),
            L.MaxPooling2D(2), L.Dropout(0.25), L.Flatten(), L.Dense(128, activation="relu"), L.Dropout(0.5),
            L.Dense(10, activation="softmax")]), 128
    if workload == "keras-convnet":
        return keras.Sequential([
            keras.Input((784,)), L.Reshape((28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2),
            L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(), L.Dropout(0.5),
            L.Dense(10, activation="softmax")]), 128
    return keras.Sequential([keras.Input((784,)), L.Dense(128, activation="relu"), L.Dense(10, activation="softmax")]), 32


class Clock(keras.callbacks.Callback):
    """Wall time of each epoch, as fit() runs it."""

    def __init__(self):
        super().__init__()
        self.times, self.first = [], 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.first = self.first or now
        self.times.append(now - self.start)


def divisor(n, most):
    return max(k for k in range(1, most + 1) if n % k == 0)


def train(workload, variant, data, setup_s, **options):
    if args.variant and variant not in args.variant:
        return
    try:
        t = time.perf_counter()
        keras.utils.set_random_seed(42)
        model, B = make(workload)
        total = len(data[0])
        images = 6400 if workload == "cnn" and not GPU and not args.full else total
        epochs = args.epochs or (5 if workload == "mlp-b32" or GPU else 2)
        nb = images // B
        if options.pop("many", False):
            options["steps_per_execution"] = divisor(nb, 125)
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"], **options)
        clock = Clock()
        model.fit(data[0][:nb * B], data[1][:nb * B], batch_size=B, epochs=epochs, shuffle=True, verbose=0, callbacks=[clock])
        scale = (total // B) / nb
        times = [v * scale for v in clock.times]
        steady = times[1:] or times  # the first epoch has the tracing and XLA's compilation in it
        acc = model.evaluate(data[2], data[3], batch_size=1000, verbose=0)[1]
        emit(workload=workload, variant=variant, epoch_s=statistics.median(steady), epoch_min_s=min(times), test_acc=float(acc),
             epochs=epochs, first_epoch_done_s=setup_s + clock.first - t, optimizer="adam", extrapolated=images < total)
    except Exception as e:  # noqa: BLE001 - one variant's failure must not end the others
        common.skip("keras %s %s" % (workload, variant), "%s: %s" % (type(e).__name__, e))


def infer(data):
    """Seed MLP. predict() is what a user calls; "function" is a traced tf.function, the quick way."""
    keras.utils.set_random_seed(42)
    model = make("mlp-b32")[0]
    fn = tf.function(lambda x: model(x, training=False), reduce_retracing=False)
    big, one = data[2][:4096], [data[2][i:i + 1] for i in range(1000)]

    def measure(variant, f, reps):
        if args.variant and variant not in args.variant:
            return
        try:
            lat = []
            for i in range(reps):
                s = time.perf_counter()
                f(one[i % 1000])
                lat.append(time.perf_counter() - s)
            emit(workload="infer-b1", variant=variant, latency_us=1e6 * statistics.median(lat[reps // 5:]),
                 latency_p99_us=1e6 * statistics.quantiles(lat[reps // 5:], n=100)[98])
            best = 1e9
            for _ in range(15):
                s = time.perf_counter()
                f(big)
                best = min(best, time.perf_counter() - s)
            emit(workload="infer-b4096", variant=variant, samples_s=4096 / best)
        except Exception as e:  # noqa: BLE001
            common.skip("keras infer " + variant, "%s: %s" % (type(e).__name__, e))

    measure("function", lambda v: fn(tf.convert_to_tensor(v)).numpy(), 2000)
    measure("predict", lambda v: model.predict(v, batch_size=4096, verbose=0), 60)


def main():
    todo = args.workloads or ALL
    unknown = [w for w in todo if w not in ALL]
    if unknown:
        sys.exit("unknown workload: %s (known: %s)" % (" ".join(unknown), " ".join(ALL)))
    data = load()
    setup_s = time.perf_counter() - T0
    for w in todo:
        if w == "infer":
            infer(data)
            continue
        train(w, "fit", data, setup_s)
        train(w, "fit-nojit", data, setup_s, jit_compile=False)
        train(w, "fit-many", data, setup_s, many=True)


main()
