# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Who runs what: for each workload the commands of nncl and of its peers, and what their output says.

A contestant is one command. Its output becomes observations: {"system", "config", figure: value...},
figures by the names in figures.py.
"""
import json
import pathlib
import shutil
import statistics

HERE = pathlib.Path(__file__).resolve().parent
EPOCHS = {"mlp-b32": 2, "mlp-1024": 1, "keras-convnet": 1, "torch-convnet": 1}
PRESETS = ("keras-convnet", "torch-convnet")  # networks that nncl knows by the workload's name
KERAS = ("mlp-b32", "keras-convnet")  # the networks that the Keras program has
TURNS = {"keras": 2}  # at most: it starts slowly, and has never been the best peer
FIGURES = ("epoch_s", "test_acc", "latency_us", "latency_p99_us", "samples_s", "gflops", "gb_s")


class Contestant:
    """A command, the environment it needs, and how its output is read.

    `variants`: the command tries several ways at once, and --variant NAME limits it to some.
    """

    def __init__(self, system, label, command, read, env=None, variants=False, prepare=None):
        self.system, self.label, self.command, self.read = system, label, command, read
        self.env, self.variants = env or {}, variants
        self.prepare = prepare or (lambda: None)  # called before each turn
        self.configs = None  # those its output had in the first turn

    def narrow(self, kept):
        """Leaves out what is no longer in the race. False: nothing of this contestant is."""
        stay = [config for config in self.configs or [] if config in kept]
        if self.variants and len(stay) < len(self.configs):
            names = dict.fromkeys(config.split(",")[0] for config in stay)
            self.command += [word for name in names for word in ("--variant", name)]
        return bool(stay)


def json_lines(system):
    """Reads the peers' output: a line of JSON a measurement."""

    def read(run):
        found = []
        for line in run.stdout.splitlines():
            if not line.startswith("{"):
                continue
            record = json.loads(line)
            parts = [record["variant"]] if record.get("variant") else []
            if "threads" in record and system != "clblast untuned":
                parts.append("%d thread%s" % (record["threads"], "s" if record["threads"] > 1 else ""))
            found.append({"system": system, "config": ", ".join(parts), "part": record["workload"],
                          "version": record.get("version", record.get("core", "")),
                          **{key: record[key] for key in FIGURES if key in record}})
        return found
    return read


class Systems:
    """The contestants of each workload, for one build of nncl and one folder of peers."""

    def __init__(self, build, folder, data, device, threads):
        self.build, self.tools = build, build / "tools"
        self.folder, self.device, self.threads = folder, device, threads
        self.state = folder / "state"
        self.state.mkdir(parents=True, exist_ok=True)
        self.common = {"MNIST_DIR": str(data), "NNCL_DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1",
                       "XDG_CACHE_HOME": str(self.state / "cache"), "XDG_DATA_HOME": str(self.state / "data"),
                       "TF_CPP_MIN_LOG_LEVEL": "2", "OPENBLAS_NUM_THREADS": "1"}

    def of(self, workload):
        return {"mlp-b32": self.training, "mlp-1024": self.training, "keras-convnet": self.training,
                "torch-convnet": self.training,
                "program": self.program, "infer": self.inference, "gemm": self.products,
                "roofline": self.roofline}[workload](workload)

    # --- nncl ---------------------------------------------------------------------------------------

    def model(self, workload):
        return self.state / (workload + ".safetensors")

    def mnist_cl(self, workload, options):
        return [str(self.tools / "mnist-cl" / "mnist-cl"), "train", "--device", self.device, "--quiet",
                "--save", str(self.model(workload)), *options]

    def last_run(self):
        """The record of the last training. One that --json asks for has an evaluation more."""
        runs = self.state / "data" / "nncl" / "runs" / "runs.jsonl"
        return json.loads(runs.read_text().splitlines()[-1])

    def train(self, workload):
        options = ["--epochs", str(EPOCHS[workload])]
        if workload == "mlp-1024":
            options += ["--hidden", "1024,1024", "--batch-size", "256"]
        if workload in PRESETS:
            options += ["--model", workload]

        def read(run):
            result = self.last_run()
            return [{"system": "nncl", "config": result["device"]["name"], "part": workload,
                     "epoch_s": statistics.median(epoch["train_seconds"] for epoch in result["epochs"]),
                     "test_acc": result["test_accuracy"]}]
        return Contestant("nncl", workload, self.mnist_cl(workload, options), read)

    def fresh_caches(self, system):
        """Caches that are empty each time for a cold system, and kept by its warm one."""
        name, state = system.split()
        folder = self.state / ("caches-" + name)

        def prepare():
            if state == "cold":
                shutil.rmtree(folder, ignore_errors=True)
            (folder / "pocl").mkdir(parents=True, exist_ok=True)
        return prepare, {"XDG_CACHE_HOME": str(folder), "POCL_CACHE_DIR": str(folder / "pocl")}

    def whole_program(self, system):
        """The default run, timed from outside until its last line."""

        def read(run):
            result = self.last_run()
            epochs = sum(epoch["seconds"] for epoch in result["epochs"])
            return [{"system": system, "config": "", "part": "program", "test_acc": result["test_accuracy"],
                     "wall_s": run.seconds, "beyond_s": run.seconds - epochs, "peak_mb": run.peak_mb}]
        prepare, env = self.fresh_caches(system)
        return Contestant(system, "default run", self.mnist_cl("program", []), read, env, prepare=prepare)

    def idle(self, system):
        """What an OpenCL program takes that does nothing: the driver's own memory."""
        prepare, env = self.fresh_caches(system)
        return Contestant(system, "a kernel of one line", [str(self.folder / "bin" / "idle")],
                          lambda run: [{"system": system, "config": "", "part": "program",
                                        "peak_mb": run.peak_mb}], env, prepare=prepare)

    # --- the workloads ------------------------------------------------------------------------------

    def python(self, system, script, workload, options):
        """PyTorch with each number of threads, Keras with the most: a process each."""
        interpreter = str(self.folder / "venv" / "bin" / "python")
        for threads in self.threads if system == "pytorch" else self.threads[-1:]:
            yield Contestant(system, "%s, %d threads" % (workload, threads),
                             [interpreter, str(HERE / "peers" / script), workload, "--device", "cpu", *options],
                             json_lines(system), {"PEERS_THREADS": str(threads)}, variants=True)

    def c_openblas(self, workload, options):
        for threads in self.threads:
            yield Contestant("c+openblas", "%s, %d threads" % (workload, threads),
                             [str(self.folder / "bin" / "c_openblas"), workload, "-t", str(threads), *options],
                             json_lines("c+openblas"))

    def training(self, workload):
        epochs = str(EPOCHS[workload])
        yield self.train(workload)
        if workload not in PRESETS:  # the C program has dense layers only
            yield from self.c_openblas(workload, ["-e", epochs])
        yield from self.python("pytorch", "torch_mnist.py", workload, ["--epochs", epochs])
        if workload in KERAS:
            yield from self.python("keras", "keras_mnist.py", workload, ["--epochs", "2"])

    def program(self, workload):
        for state in ("cold", "warm"):
            yield self.whole_program("nncl " + state)
            yield self.idle("idle " + state)

    def inference(self, workload):
        trained = self.model("mlp-b32")  # if (a) was measured; the time is the same without
        yield Contestant("nncl", workload, [str(self.build / "bench" / "nncl-bench-infer"),
                                            *([str(trained)] if trained.exists() else [])],
                         json_lines("nncl"), {"NNCL_DEVICE": self.device})
        yield from self.c_openblas(workload, [])
        yield from self.python("pytorch", "torch_mnist.py", workload, [])
        yield from self.python("keras", "keras_mnist.py", workload, [])

    def products(self, workload):
        yield self.bench("gemm", read_products)
        gemm = str(self.folder / "bin" / "gemm")
        for threads in self.threads:
            yield Contestant("openblas", "%d threads" % threads, [gemm, "openblas", str(threads)],
                             json_lines("openblas"))
        yield Contestant("clblast untuned", "1024", [gemm, "clblast", "1024"],
                         json_lines("clblast untuned"))

    def roofline(self, workload):
        yield self.bench("peak,bandwidth,train", read_peaks)
        yield Contestant("roofline", workload, [str(self.folder / "bin" / "roofline")], json_lines("roofline"))

    def bench(self, parts, read):
        command = [str(self.tools / "cltool" / "cltool"), "bench", self.device, "--only", parts, "--json"]
        return Contestant("nncl", "cltool bench", command, lambda run: read(json.loads(run.stdout)["results"]))


# --- what cltool bench says; the best of its runs, since the peers print that too -----------------------

def read_products(results):
    """Names are a provider and a size: "vector 1024"."""
    found = []
    for result in results:
        if result["part"] == "gemm" and not result["left_out"]:
            provider, size = result["name"].rsplit(" ", 1)
            found.append({"system": "nncl " + provider, "config": "", "part": "sgemm-" + size,
                          "gflops": result["best"]})
    return found


def read_peaks(results):
    """The best peak of all vector widths, the bandwidths, and the share of the roofline of each training."""
    parts = {"784-128-10, batch 32": "mlp-b32", "784-1024-1024-10, batch 256": "mlp-1024",
             "keras-convnet, batch 128": "keras-convnet", "torch-convnet, batch 64": "torch-convnet",
             "triad 2 MiB": "triad-2MB", "triad 384 MiB": "triad-768MB"}
    peaks = [result["best"] for result in results if result["part"] == "peak" and not result["left_out"]]
    found = [{"part": "fma-f32", "gflops": max(peaks)}] if peaks else []
    for result in results:
        part = parts.get(result["name"])
        if part is None or result["left_out"]:
            continue
        if result["part"] == "train":
            found.append({"part": part, "share": result["share"]})
        else:
            found.append({"part": part, "gb_s": result["best"]})
    return [{"system": "nncl", "config": "", **observation} for observation in found]
