#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Records trainings of PyTorch step by step: tests/train/trainings.py > tests/train/trainings.json

In double precision, on one batch of all rows. What is recorded of a step are all parameters, as nncl
has them in memory, or their averages with the running statistics as they are.
"""
import json

import numpy
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

ROWS, FEATURES, HIDDEN, CLASSES, STEPS = 12, 3, 3, 2, 6
random = numpy.random.default_rng(5)
rows = random.uniform(-1, 1, (ROWS, FEATURES)).round(3)
labels = (rows.sum(1) + random.normal(0, 0.5, ROWS) > 0).astype(int)


def plain():
    return torch.nn.Sequential(torch.nn.Linear(FEATURES, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, CLASSES))


def normalised():
    return torch.nn.Sequential(torch.nn.Linear(FEATURES, HIDDEN, bias=False), torch.nn.BatchNorm1d(HIDDEN),
                               torch.nn.Tanh(), torch.nn.Linear(HIDDEN, CLASSES))


PLAIN, NORMALISED = f"dense {HIDDEN} tanh, dense {CLASSES}", f"dense {HIDDEN} nobias, batchnorm tanh, dense {CLASSES}"
NETWORKS = {PLAIN: plain, NORMALISED: normalised}

# network, nncl's settings, PyTorch's class and arguments. Its Adam has epsilon elsewhere, so that is small.
CASES = [
    (PLAIN, {"optimizer": "sgd", "lr": 0.5, "clip_norm": 0.05}, "SGD", {}),
    (PLAIN, {"optimizer": "momentum", "lr": 0.2, "clip_value": 0.02}, "SGD", {"momentum": 0.9}),
    (PLAIN, {"optimizer": "sgd", "lr": 0.5, "weight_decay": 0.1}, "SGD", {}),
    (PLAIN, {"optimizer": "nesterov", "lr": 0.1, "weight_decay": 0.05, "clip_norm": 0.1}, "SGD",
     {"momentum": 0.9, "nesterov": True}),
    (PLAIN, {"optimizer": "rmsprop", "lr": 0.01, "weight_decay": 0.2, "clip_value": 0.05}, "RMSprop", {}),
    (PLAIN, {"optimizer": "adamw epsilon=1e-12", "lr": 0.05, "weight_decay": 0.3}, "AdamW", {"eps": 1e-12}),
    (PLAIN, {"optimizer": "adam epsilon=1e-12", "lr": 0.05, "weight_decay": 0.3, "clip_norm": 0.01}, "Adam",
     {"eps": 1e-12}),
    (PLAIN, {"optimizer": "sgd", "lr": 0.5, "ema_decay": 0.9}, "SGD", {}),
    (PLAIN, {"optimizer": "adamw epsilon=1e-12", "lr": 0.05, "weight_decay": 0.1, "clip_norm": 0.5, "ema_decay": 0.5,
             "parts": 3}, "AdamW", {"eps": 1e-12}),
    (NORMALISED, {"optimizer": "momentum", "lr": 0.2, "ema_decay": 0.75}, "SGD", {"momentum": 0.9}),
]


def start_of(model):
    """The same numbers for every training of a network."""
    numbers = numpy.random.default_rng(6)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.tensor(numbers.uniform(-1, 1, parameter.shape).round(3)))
    return model.double()


def numbers_of(model):
    """In nncl's order: a dense weight is [inputs, outputs] there, and batches are not counted."""
    values = []
    for name, tensor in model.state_dict().items():
        if "num_batches" not in name:
            values += (tensor.T if tensor.dim() == 2 else tensor).reshape(-1).tolist()
    return [float(f"{value:.8g}") for value in values]


def record(network, settings, name, arguments):
    model = start_of(NETWORKS[network]())
    if "weight_decay" in settings:
        arguments = arguments | {"weight_decay": settings["weight_decay"]}
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=settings["lr"], **arguments)
    average = None
    if "ema_decay" in settings:
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings["ema_decay"]))
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.tensor(rows)), torch.tensor(labels)).backward()
        if "clip_norm" in settings:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
        if "clip_value" in settings:
            torch.nn.utils.clip_grad_value_(model.parameters(), settings["clip_value"])
        optimizer.step()
        if average:
            average.update_parameters(model)
        yield numbers_of(average.module if average else model)


document = {
    "made_by": f"PyTorch {torch.__version__}", "rows": rows.tolist(), "labels": labels.tolist(),
    "starts": {network: numbers_of(start_of(make())) for network, make in NETWORKS.items()},
    "cases": [{"network": network, **settings, "steps": list(record(network, settings, name, arguments))}
              for network, settings, name, arguments in CASES],
}
text = json.dumps(document, indent=0)
print(text.replace(",\n", ", ").replace("[\n", "[").replace("\n]", "]").replace("], [", "],\n[")
      .replace("{\n", "{").replace("\n}", "}").replace(", {", ",\n{"))
