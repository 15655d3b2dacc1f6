# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of bench/run: medians over repetitions, the best configuration, ratios, targets.

Works on the results as bench/run records them, and measures nothing itself:
{"workloads": {name: {"observations": [{"system", "config", "part", figure: value...}]}}}.
"""
import collections
import statistics

# figure: (unit, less is better)
FIGURES = {"epoch_s": ("s/epoch", True), "latency_us": ("µs", True), "latency_p99_us": ("µs, p99", True),
           "samples_s": ("pictures/s", False), "gflops": ("GFLOP/s", False), "gb_s": ("GB/s", False),
           "wall_s": ("s", True), "beyond_s": ("s beyond epochs", True), "peak_mb": ("MB", True),
           "share": ("share of roofline", False)}
KEPT = 1.05  # after its first turn a configuration stays in the race within 5% of its system's best
PEAK = 0.9  # of roofline.c's: the least that the peak of cltool bench must be
OWN = "nncl"  # systems whose name starts so are nncl's own
IDLE = "idle"  # and these are no peers

Cell = collections.namedtuple("Cell", "median low high runs config accuracy")


def better(figure, one, other):
    return one < other if FIGURES[figure][1] else one > other


def times_better(figure, one, other):
    """How many times better `one` is than `other`: above 1 means better."""
    return other / one if FIGURES[figure][1] else one / other


def groups(observations, part, figure):
    """{system: {config: [observation...]}} of those that have the figure."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for observation in observations:
        if observation["part"] == part and figure in observation:
            found[observation["system"]][observation["config"]].append(observation)
    return found


def cell(observations, part, figure, system):
    """The system's best configuration by its median, among those measured most often; or None."""
    configs = groups(observations, part, figure).get(system)
    if not configs:
        return None
    most = max(len(runs) for runs in configs.values())
    best = None
    for config, runs in configs.items():
        values = [run[figure] for run in runs]
        accuracies = [run["test_acc"] for run in runs if "test_acc" in run]
        this = Cell(statistics.median(values), min(values), max(values), len(values), config,
                    statistics.median(accuracies) if accuracies else None)
        if len(runs) == most and (best is None or better(figure, this.median, best.median)):
            best = this
    return best


def contenders(observations, system):
    """The configurations of a system that are, in some figure, within KEPT of its best one."""
    kept = set()
    for part, figure in rows(observations):
        configs = groups(observations, part, figure).get(system, {})
        medians = {config: statistics.median(run[figure] for run in runs) for config, runs in configs.items()}
        for config, value in medians.items():
            if all(times_better(figure, other, value) <= KEPT for other in medians.values()):
                kept.add(config)
    return kept


def rows(observations):
    """(part, figure) of each row of a table, in the order in which they were first measured."""
    found = []
    for observation in observations:
        for figure in FIGURES:
            if figure in observation and (observation["part"], figure) not in found:
                found.append((observation["part"], figure))
    return found


def systems(observations):
    """nncl first, then its peers in the order in which they were first measured."""
    names = list(dict.fromkeys(observation["system"] for observation in observations))
    return sorted(names, key=lambda name: not name.startswith(OWN))


def best_of(observations, part, figure, own):
    """The best system's name and cell among nncl's own, or among the peers; or (None, None)."""
    best = None, None
    for system in systems(observations):
        if system.startswith(OWN) != own or system.startswith(IDLE):
            continue
        this = cell(observations, part, figure, system)
        if this and (best[1] is None or better(figure, this.median, best[1].median)):
            best = system, this
    return best


def ratio(observations, part, figure, system=OWN, peers=None):
    """How many times better `system` is than the best of `peers` (None: all); or None."""
    own = cell(observations, part, figure, system)
    if peers is None:
        other = best_of(observations, part, figure, False)[1]
    else:
        other = cell(observations, part, figure, peers)
    return times_better(figure, own.median, other.median) if own and other else None


def without_void(observations):
    """Shares of a peak that cltool bench measured too low mean nothing, and are taken out."""
    peak = ratio(observations, "fma-f32", "gflops", peers="roofline")
    if peak is not None and peak >= PEAK:
        return observations
    return [observation for observation in observations if "share" not in observation]


class Results:
    """Looks figures up by workload."""

    def __init__(self, results):
        self.workloads = results["workloads"]

    def observations(self, workload):
        return self.workloads.get(workload, {}).get("observations", [])

    def ratio(self, workload, part, figure, system=OWN, peers=None):
        return ratio(self.observations(workload), part, figure, system, peers)

    def median(self, workload, part, figure, system=OWN):
        found = cell(self.observations(workload), part, figure, system)
        return found.median if found else None

    def above_idle(self, state):
        own = self.median("program", "program", "peak_mb", "nncl " + state)
        idle = self.median("program", "program", "peak_mb", "idle " + state)
        return own - idle if own is not None and idle is not None else None

    def peak_ratio(self):
        return self.ratio("roofline", "fma-f32", "gflops", peers="roofline")

    def share(self):
        """The share of the roofline that (a) reaches; None if it is void."""
        found = cell(without_void(self.observations("roofline")), "mlp-b32", "share", OWN)
        return found.median if found else None


Target = collections.namedtuple("Target", "measure figure unit least aim less")


def targets(results):
    """What nncl is to reach: each measure with its figure (None: not measured)."""
    at = Results(results)
    peak = at.peak_ratio()
    void = " (void: the peak is too low)" if peak is not None and peak < PEAK else ""
    lines = [
        ("(a) s/epoch, best peer / nncl", at.ratio("mlp-b32", "mlp-b32", "epoch_s"), "", 1.4, 2.0),
        ("(a) s/epoch, PyTorch / nncl", at.ratio("mlp-b32", "mlp-b32", "epoch_s", peers="pytorch"), "", 4, 8),
        ("(a) share of the roofline" + void, at.share(), "", 0.5, 0.75),
        ("(b) s/epoch, best peer / nncl", at.ratio("mlp-1024", "mlp-1024", "epoch_s"), "", 1.0, 1.3),
    ]
    for name in ("keras-convnet", "torch-convnet"):
        lines.append((name + " s/epoch, PyTorch / nncl",
                      at.ratio(name, name, "epoch_s", peers="pytorch"), "", 1.0, 1.5))
    for size in (1024, 2048):
        lines.append(("product of %d, vector / OpenBLAS" % size,
                      at.ratio("gemm", "sgemm-%d" % size, "gflops", "nncl vector", "openblas"), "", 0.7, 0.9))
    lines += [
        ("product of 1024, CLBlast tuned / untuned",
         at.ratio("gemm", "sgemm-1024", "gflops", "nncl clblast", "clblast untuned"), "", 2.5, 4),
        ("whole program beyond its epochs, cold",
         at.median("program", "program", "beyond_s", "nncl cold"), "s", 3, 1.5),
        ("whole program beyond its epochs, warm",
         at.median("program", "program", "beyond_s", "nncl warm"), "s", 0.3, 0.15),
        ("inference, batch 1", at.median("infer", "infer-b1", "latency_us"), "µs", 40, 12),
        ("inference, batch 4096, nncl / C on OpenBLAS",
         at.ratio("infer", "infer-b4096", "samples_s", peers="c+openblas"), "", 0.8, 1.2),
        ("peak host memory above the idle program's, cold", at.above_idle("cold"), "MB", 150, 100),
        ("peak host memory above the idle program's, warm", at.above_idle("warm"), "MB", 150, 100),
        ("peak of cltool bench / roofline.c", peak, "", PEAK, PEAK),
    ]
    return [Target(*line, bool(line[2])) for line in lines]


def verdict(target):
    if target.figure is None:
        return "not measured"
    reached = [target.figure <= bar if target.less else target.figure >= bar for bar in (target.least, target.aim)]
    return "aim" if reached[1] else "reached" if reached[0] else "short"
