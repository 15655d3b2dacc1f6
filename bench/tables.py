# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Results as text for a terminal and as a page for docs/benchmarks.md. Figures come from figures.py."""
import figures

TITLES = {
    "mlp-b32": "(a) Training 784-128-10, batch 32, Adam",
    "mlp-1024": "(b) Training 784-1024-1024-10, batch 256, Adam",
    "keras-convnet": "Training Keras's convolution network, batch 128, Adam",
    "torch-convnet": "Training PyTorch's convolution network, batch 64, Adadelta",
    "program": "The whole program: 10 epochs of (a) with validation, from start to `Test accuracy`",
    "infer": "(c) Inference with 784-128-10",
    "gemm": "(d) Products of square matrices",
    "roofline": "What the machine can do at most, measured",
}
NOTES = {
    "mlp-b32": "Seconds of an epoch without validation; every system the same epochs.",
    "mlp-1024": "Seconds of an epoch without validation; every system the same epochs.",
    "keras-convnet": "Seconds of an epoch without validation; one epoch a turn, and with Keras the second of two, "
                     "since its first one has the set-up in it.",
    "torch-convnet": "Seconds of an epoch without validation. nncl trains one epoch a turn, PyTorch on 6400 pictures, "
                     "its time being scaled up to 60000: its accuracy is that of a ninth of an epoch.",
    "program": "Cold: the caches of nncl and of the driver are empty. "
               "Idle: a program that launches one kernel of one line.",
    "infer": "Batch 1: from the host's memory to the host's. Batch 4096: the fastest call.",
    "gemm": "The best of a system's runs in each turn, as its program prints it.",
    "roofline": "nncl: `cltool bench`; its shares are of the peaks it measures itself, and left out as "
                "void where its peak is below 0.9 of roofline.c's.",
}


def number(value):
    """Three digits, without an exponent."""
    size = abs(value)
    return "%.*f" % (0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3, value)


def quantity(value, figure):
    if figure == "samples_s":
        return number(value / 1e6) + " M"
    return "%.0f%%" % (100 * value) if figure == "share" else number(value)


def matrix(observations):
    """A row for each figure, a column for each system, and how many times better nncl is."""
    names = figures.systems(observations)
    table = [["", *names, "nncl / best peer"]]
    for part, figure in figures.rows(observations):
        cells = [figures.cell(observations, part, figure, name) for name in names]
        own = figures.best_of(observations, part, figure, True)[1]
        peer = figures.best_of(observations, part, figure, False)[1]
        compared = own and peer and figures.times_better(figure, own.median, peer.median)
        table.append(["%s, %s" % (part, figures.FIGURES[figure][0]),
                      *[quantity(cell.median, figure) if cell else "-" for cell in cells],
                      number(compared) if compared else "-"])
    return table


def details(observations):
    """A row for each figure and system: spread, number of turns, configuration, accuracy."""
    table = [["", "system", "median", "least", "most", "turns", "configuration", "test accuracy"]]
    for part, figure in figures.rows(observations):
        for name in figures.systems(observations):
            cell = figures.cell(observations, part, figure, name)
            if cell:
                values = [quantity(value, figure) for value in (cell.median, cell.low, cell.high)]
                accuracy = "%.4f" % cell.accuracy if cell.accuracy is not None else ""
                table.append(["%s, %s" % (part, figures.FIGURES[figure][0]), name, *values, str(cell.runs),
                              cell.config, accuracy])
    return table


def target_table(results):
    table = [["measure", "figure", "at least", "aim", ""]]
    for target in figures.targets(results):
        values = [target.least, target.aim]
        figure = "-" if target.figure is None else number(target.figure)
        unit = " " + target.unit if target.unit else ""
        table.append([target.measure, figure + (unit if target.figure is not None else ""),
                      *["%g%s" % (value, unit) for value in values], figures.verdict(target)])
    return table


def layout(table, markdown):
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for index, row in enumerate(table):
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        lines.append("| %s |" % " | ".join(cells) if markdown else "  ".join(cells).rstrip())
        if index == 0 and markdown:
            lines.append("|%s|" % "|".join("-" * (width + 2) for width in widths))
    return "\n".join(lines) + "\n"


def heading(results):
    """The machine and what ran, a line each."""
    machine, nncl = results.get("machine", {}), results.get("nncl", {})
    lines = []
    if machine:
        lines.append("%(cpu)s, %(cores)d cores, %(memory_gib)d GiB, %(system)s" % machine)
    if nncl:
        lines.append("%s (%s build)" % (", ".join(nncl["version"]), nncl["build"]))
    found = {}
    for workload in results["workloads"].values():
        for observation in workload["observations"]:
            if observation.get("version"):
                found.setdefault(observation["system"], observation["version"])
    if found:
        lines.append(", ".join("%s: %s" % item for item in found.items()))
    return lines


def when(workload):
    return "Commit %(commit)s, %(date)s UTC, %(repeat)d turns." % workload


def sections(results):
    """(name, workload) of those measured, in the order of TITLES; without shares that are void."""
    found = [(name, results["workloads"][name]) for name in TITLES if name in results["workloads"]]
    return [(name, {**workload, "observations": figures.without_void(workload["observations"])})
            for name, workload in found]


def text(results):
    parts = ["\n".join(heading(results)) + "\n"]
    for name, workload in sections(results):
        parts.append("%s\n%s\n%s\n%s" % (TITLES[name], when(workload), layout(matrix(workload["observations"]), False),
                                         layout(details(workload["observations"]), False)))
    parts.append(layout(target_table(results), False))
    return "\n".join(parts)


INTRODUCTION = """# Benchmarks

Written by `bench/run --markdown`; the figures are those of its last run, and none is copied by hand.
nncl and what a user would pick instead run on the same machine, one program at a time, in turns. A
figure is the median over the turns; of each system the best number of threads and the best variant
counts. On a shared machine 20% is no difference. How to measure again:
[bench/README.md](../bench/README.md).
"""


def page(results):
    parts = [INTRODUCTION, "".join("- %s\n" % line for line in heading(results)),
             "## What is to be reached\n", layout(target_table(results), True)]
    for name, workload in sections(results):
        parts += ["## %s\n" % TITLES[name], "%s %s\n" % (NOTES[name], when(workload)),
                  layout(matrix(workload["observations"]), True), layout(details(workload["observations"]), True)]
    return "\n".join(parts)
