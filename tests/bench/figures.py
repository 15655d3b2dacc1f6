#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""bench/run's reading and arithmetic on recorded output: no program runs, nothing is timed.

Environment: NNCL_SOURCE_DIR. Prints results in TAP form.
"""
import os
import pathlib
import sys
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(os.environ["NNCL_SOURCE_DIR"]) / "bench"))
import figures  # noqa: E402
import systems  # noqa: E402
import tables  # noqa: E402

C_LINE = '{"peer":"c+openblas","workload":"mlp-b32","epoch_s":%s,"epoch_min_s":0.1,"test_acc":0.9737,"threads":%d}\n'
TORCH = ('warnings come first\n{"peer": "pytorch", "threads": 2, "version": "2.15.0", "workload": "mlp-b32", '
         '"variant": "eager", "epoch_s": 2.0, "test_acc": 0.9683}\n'
         '{"peer": "pytorch", "threads": 2, "version": "2.15.0", "workload": "mlp-b32", "variant": "compile", '
         '"epoch_s": 1.5, "test_acc": 0.9683}\n')


def run(stdout):
    return types.SimpleNamespace(stdout=stdout)


def seen(system, config, part="mlp-b32", **found):
    return {"system": system, "config": config, "part": part, **found}


def training():
    """Three turns: nncl at 0.1, 0.3, 0.2; C with two threads at 0.4; with one, measured once, at 0.3."""
    observations = [seen("nncl", "cpu", epoch_s=value, test_acc=0.97) for value in (0.1, 0.3, 0.2)]
    observations += systems.json_lines("c+openblas")(run("".join(C_LINE % (0.4, 2) for _ in range(3))))
    observations += systems.json_lines("c+openblas")(run(C_LINE % (0.3, 1)))
    return observations + systems.json_lines("pytorch")(run(TORCH))


def results(**workloads):
    return {"workloads": {name.replace("_", "-"): {"observations": observations, "commit": "c0ffee",
                                                   "date": "2026-01-02 03:04", "repeat": 3}
                          for name, observations in workloads.items()}}


class Reading(unittest.TestCase):
    def test_lines_of_peers(self):
        found = systems.json_lines("pytorch")(run(TORCH))
        self.assertEqual([one["config"] for one in found], ["eager, 2 threads", "compile, 2 threads"])
        self.assertEqual(found[1]["epoch_s"], 1.5)
        self.assertEqual(found[1]["version"], "2.15.0")

    def test_products_of_cltool(self):
        found = systems.read_products([
            {"part": "peak", "name": "fma float16", "left_out": False, "best": 230.0},
            {"part": "gemm", "name": "vector 1024", "left_out": False, "best": 190.0, "median": 180.0},
            {"part": "gemm", "name": "vector 4096", "left_out": True, "best": None}])
        self.assertEqual(found, [seen("nncl vector", "", "sgemm-1024", gflops=190.0)])

    def test_peaks_of_cltool(self):
        found = systems.read_peaks([
            {"part": "peak", "name": "fma float8", "left_out": False, "best": 200.0, "share": 0.9},
            {"part": "peak", "name": "fma float16", "left_out": False, "best": 220.0, "share": 1.0},
            {"part": "bandwidth", "name": "triad 2 MiB", "left_out": False, "best": 150.0, "share": None},
            {"part": "train", "name": "784-128-10, batch 32", "left_out": False, "best": 0.2, "share": 0.6},
            {"part": "train", "name": "keras-convnet, batch 128", "left_out": False, "best": 8.0, "share": 0.5},
            {"part": "train", "name": "torch-convnet, batch 64", "left_out": False, "best": 40.0, "share": 0.6}])
        self.assertEqual(found, [seen("nncl", "", "fma-f32", gflops=220.0), seen("nncl", "", "triad-2MB", gb_s=150.0),
                                 seen("nncl", "", "mlp-b32", share=0.6), seen("nncl", "", "keras-convnet", share=0.5),
                                 seen("nncl", "", "torch-convnet", share=0.6)])


class Arithmetic(unittest.TestCase):
    def test_median_and_spread(self):
        cell = figures.cell(training(), "mlp-b32", "epoch_s", "nncl")
        self.assertEqual((cell.median, cell.low, cell.high, cell.runs, cell.accuracy), (0.2, 0.1, 0.3, 3, 0.97))

    def test_best_configuration_is_one_measured_in_all_turns(self):
        cell = figures.cell(training(), "mlp-b32", "epoch_s", "c+openblas")
        self.assertEqual((cell.median, cell.config), (0.4, "2 threads"))

    def test_best_configuration_by_direction(self):
        observations = [seen("x", "slow", samples_s=10.0), seen("x", "fast", samples_s=20.0),
                        seen("x", "fast", latency_us=20.0), seen("x", "slow", latency_us=10.0)]
        self.assertEqual(figures.cell(observations, "mlp-b32", "samples_s", "x").config, "fast")
        self.assertEqual(figures.cell(observations, "mlp-b32", "latency_us", "x").config, "slow")

    def test_ratio_is_above_one_where_nncl_is_better(self):
        self.assertAlmostEqual(figures.ratio(training(), "mlp-b32", "epoch_s"), 2.0)
        self.assertAlmostEqual(figures.ratio(training(), "mlp-b32", "epoch_s", peers="pytorch"), 7.5)
        faster = [seen("nncl", "", samples_s=30.0), seen("c+openblas", "", samples_s=20.0)]
        self.assertAlmostEqual(figures.ratio(faster, "mlp-b32", "samples_s"), 1.5)
        self.assertIsNone(figures.ratio(faster, "mlp-b32", "samples_s", peers="keras"))

    def test_slow_configurations_drop_out(self):
        observations = [seen("x", "a", epoch_s=1.0), seen("x", "b", epoch_s=1.04), seen("x", "c", epoch_s=1.2)]
        self.assertEqual(figures.contenders(observations, "x"), {"a", "b"})
        contestant = systems.Contestant("x", "", ["program"], None, variants=True)
        contestant.configs = ["a, 1 thread", "c, 1 thread"]
        self.assertTrue(contestant.narrow({"a, 1 thread"}))
        self.assertEqual(contestant.command, ["program", "--variant", "a"])
        self.assertFalse(contestant.narrow({"d, 1 thread"}))


class Targets(unittest.TestCase):
    def target(self, found, measure):
        return next(target for target in figures.targets(found) if target.measure == measure)

    def test_reached_or_not(self):
        found = results(mlp_b32=training())
        best = self.target(found, "(a) s/epoch, best peer / nncl")
        self.assertAlmostEqual(best.figure, 2.0)
        self.assertEqual(figures.verdict(best), "aim")
        self.assertEqual(figures.verdict(best._replace(figure=1.4)), "reached")
        self.assertEqual(figures.verdict(best._replace(figure=1.39)), "short")
        self.assertEqual(figures.verdict(best._replace(figure=None)), "not measured")
        self.assertEqual(figures.verdict(self.target(found, "(b) s/epoch, best peer / nncl")), "not measured")

    def test_less_is_better_for_times_and_memory(self):
        found = results(program=[seen("nncl warm", "", "program", beyond_s=0.2, peak_mb=230.0),
                                 seen("idle warm", "", "program", peak_mb=100.0)])
        warm = self.target(found, "whole program beyond its epochs, warm")
        self.assertEqual((warm.figure, figures.verdict(warm)), (0.2, "reached"))
        memory = self.target(found, "peak host memory above the idle program's, warm")
        self.assertEqual((memory.figure, figures.verdict(memory)), (130.0, "reached"))

    def test_a_convolution_network_is_held_against_pytorch(self):
        found = results(keras_convnet=[seen("nncl", "", "keras-convnet", epoch_s=8.0),
                                       seen("pytorch", "eager", "keras-convnet", epoch_s=12.0),
                                       seen("keras", "fit", "keras-convnet", epoch_s=4.0)])
        target = self.target(found, "keras-convnet s/epoch, PyTorch / nncl")
        self.assertEqual((target.figure, figures.verdict(target)), (1.5, "aim"))
        self.assertIn("Keras's convolution network", tables.text(found))

    def test_shares_of_a_peak_measured_too_low_are_void(self):
        for peak, share, void in ((180.0, 0.6, ""), (179.0, None, " (void: the peak is too low)")):
            found = results(roofline=[seen("nncl", "", "fma-f32", gflops=peak), seen("nncl", "", share=0.6),
                                      seen("roofline", "2 threads", "fma-f32", gflops=200.0)])
            self.assertEqual(self.target(found, "(a) share of the roofline" + void).figure, share)
            self.assertEqual("60%" in tables.text(found), share is not None)


class Tables(unittest.TestCase):
    def test_matrix(self):
        self.assertEqual(tables.matrix(training()), [
            ["", "nncl", "c+openblas", "pytorch", "nncl / best peer"],
            ["mlp-b32, s/epoch", "0.200", "0.400", "1.50", "2.00"]])

    def test_page(self):
        page = tables.page(results(mlp_b32=training()))
        self.assertIn("| (a) s/epoch, best peer / nncl ", page)
        self.assertRegex(page, r"\| mlp-b32, s/epoch \| c\+openblas +\| 0\.400 +\| 0\.400 \| 0\.400 \| 3 +\| 2 threads ")
        self.assertIn("Commit c0ffee, 2026-01-02 03:04 UTC, 3 turns.", page)
        self.assertIn("pytorch: 2.15.0", page)


class Tap(unittest.TextTestResult):
    def line(self, test, word, tail=""):
        print("%s %d - %s%s" % (word, self.testsRun, test.id().split(".", 1)[1], tail), flush=True)

    def addSuccess(self, test):
        self.line(test, "ok")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line(test, "not ok", "\n# " + self.failures[-1][1].replace("\n", "\n# "))

    def addError(self, test, error):
        super().addError(test, error)
        self.line(test, "not ok", "\n# " + self.errors[-1][1].replace("\n", "\n# "))


suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
print("1..%d" % suite.countTestCases())
outcome = unittest.TextTestRunner(stream=open(os.devnull, "w"), resultclass=Tap).run(suite)
sys.exit(not outcome.wasSuccessful())
