# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""What the Python peers share: MNIST files, JSON lines, one child process per thread count."""
import gzip
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MNIST = os.environ.get("MNIST_DIR", os.path.join(HERE, "..", "..", "..", "shared", "data", "mnist"))


def idx(name, head):
    """The bytes of an IDX file (plain or .gz) after its header."""
    path = os.path.join(MNIST, name)
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz") as f:
            return bytearray(f.read()[head:])
    with open(path, "rb") as f:
        return bytearray(f.read()[head:])


def mnist():
    """Train images, train labels, test images, test labels, as bytearrays."""
    return (idx("train-images-idx3-ubyte", 16), idx("train-labels-idx1-ubyte", 8),
            idx("t10k-images-idx3-ubyte", 16), idx("t10k-labels-idx1-ubyte", 8))


def emit(**kw):
    for k, v in kw.items():
        if isinstance(v, float):
            kw[k] = float("%.5g" % v)
    print(json.dumps(kw), flush=True)


def skip(what, why):
    print("skipped: %s: %s" % (what, str(why).strip().split("\n")[0][:200]), file=sys.stderr, flush=True)


def thread_counts():
    """PEERS_THREADS ("1 2"), else 1, 2 and every core there is."""
    n = len(os.sched_getaffinity(0))
    if os.environ.get("PEERS_THREADS"):
        return [int(t) for t in os.environ["PEERS_THREADS"].replace(",", " ").split()]
    return sorted({t for t in (1, 2, n) if t <= n})


def child(script, threads, argv):
    """Runs script in a process of its own, its libraries limited to so many threads from the start."""
    env = dict(os.environ, PEERS_CHILD=str(threads))
    for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        env[k] = str(threads)
    return subprocess.call([sys.executable, script] + argv, env=env)
