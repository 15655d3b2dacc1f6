#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Records the steps of optimizers and schedules: tests/train/optimizers.py > tests/train/optimizers.json

Those of PyTorch, in double precision; Adam and AdamW, whose epsilon stands elsewhere there, of Keras (in
single precision: its optimizers know no other).
"""
import json
import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy
import torch

PARAMETERS, STEPS = 5, 8
random = numpy.random.default_rng(11)
start = random.uniform(-1, 1, PARAMETERS).round(3)
gradients = random.normal(0, 1, (STEPS, PARAMETERS)).round(3)
gradients[2] = 0  # what is kept alone moves the parameters
gradients[:, 4] *= 0.01

# nncl's name and settings, PyTorch's class and arguments, the names of what it keeps
TORCH = [
    ("sgd", 0.1, "SGD", {}, []),
    ("momentum", 0.1, "SGD", {"momentum": 0.9}, ["momentum_buffer"]),
    ("sgd momentum=0.5", 0.1, "SGD", {"momentum": 0.5}, ["momentum_buffer"]),
    ("nesterov momentum=0.8", 0.1, "SGD", {"momentum": 0.8, "nesterov": True}, ["momentum_buffer"]),
    ("rmsprop", 0.01, "RMSprop", {}, ["square_avg"]),
    ("rmsprop rho=0.9 epsilon=0.001", 0.01, "RMSprop", {"alpha": 0.9, "eps": 1e-3}, ["square_avg"]),
    ("adagrad", 0.01, "Adagrad", {}, ["sum"]),
    ("adadelta", 1.0, "Adadelta", {}, ["square_avg", "acc_delta"]),
    ("adadelta rho=0.8 epsilon=0.0001", 0.5, "Adadelta", {"rho": 0.8, "eps": 1e-4}, ["square_avg", "acc_delta"]),
    ("nadam", 0.002, "NAdam", {}, ["exp_avg", "exp_avg_sq"]),
    ("nadam beta1=0.8 beta2=0.9", 0.01, "NAdam", {"betas": (0.8, 0.9)}, ["exp_avg", "exp_avg_sq"]),
]
KERAS = [
    ("adam", 0.001, "Adam", {}),
    ("adam beta1=0.8 beta2=0.9 epsilon=0.001", 0.01, "Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    ("adamw", 0.001, "AdamW", {"weight_decay": 0.01}),
    ("adamw weight_decay=0.5", 0.01, "AdamW", {"weight_decay": 0.5}),
]


def numbers(values):
    return [float(f"{value:.9g}") for value in values]


def record_torch(rate, name, arguments, kept):
    w = torch.nn.Parameter(torch.tensor(start))
    optimizer = getattr(torch.optim, name)([w], lr=rate, **arguments)
    for gradient in gradients:
        w.grad = torch.tensor(gradient)
        optimizer.step()
        yield [numbers(w.tolist())] + [numbers(optimizer.state[w][key].tolist()) for key in kept]


def record_keras(rate, name, arguments):
    w = keras.Variable(start, dtype="float32")
    optimizer = getattr(keras.optimizers, name)(learning_rate=rate, **arguments)
    optimizer.build([w])
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, dtype="float32")])
        kept = [optimizer._momentums[0], optimizer._velocities[0]]
        yield [numbers(keras.ops.convert_to_numpy(tensor).tolist()) for tensor in [w] + kept]


EPOCHS, EPOCH_STEPS, RATE = 7, 6, 0.5
scheduler = torch.optim.lr_scheduler


def warm_cosine(optimizer):
    """Six steps, an epoch, to warm up; down to a tenth."""
    warm = scheduler.LinearLR(optimizer, start_factor=1 / 6, total_iters=5)
    cosine = scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS * EPOCH_STEPS - 6, eta_min=0.1 * RATE)
    return scheduler.SequentialLR(optimizer, [warm, cosine], [6])


# nncl's text, how PyTorch makes it, whether it goes on by epochs
SCHEDULES = [
    ("step", lambda o: scheduler.StepLR(o, step_size=1, gamma=0.1), True),
    ("step factor=0.5 every=3", lambda o: scheduler.StepLR(o, step_size=3, gamma=0.5), True),
    ("exponential", lambda o: scheduler.ExponentialLR(o, gamma=0.7), True),
    ("cosine", lambda o: scheduler.CosineAnnealingLR(o, T_max=EPOCHS * EPOCH_STEPS), False),
    ("cosine warmup=1 end=0.1", warm_cosine, False),
    ("onecycle", lambda o: scheduler.OneCycleLR(o, max_lr=RATE, total_steps=EPOCHS * EPOCH_STEPS), False),
    ("onecycle warmup=0.5 start=0.1 end=0.01", lambda o: scheduler.OneCycleLR(
        o, max_lr=RATE, total_steps=EPOCHS * EPOCH_STEPS, pct_start=0.5, div_factor=10, final_div_factor=10), False),
]
LOSSES = [1.0, 0.8, 0.9, 0.79999, 0.85, 0.81, 0.7, 0.71, 0.72, 0.75, 0.7, 0.705, 0.74, 0.71, 0.7, 0.72, 0.71, 0.6]
PLATEAUS = [
    ("plateau", {"patience": 3}),
    ("plateau patience=1 factor=0.5 least=0.2", {"patience": 1, "factor": 0.5, "min_lr": 0.2}),
    ("plateau patience=0 factor=0.5 delta=0.1", {"patience": 0, "factor": 0.5, "threshold": 0.1}),
]


def any_optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)


def record_schedule(make, by_epochs):
    optimizer = any_optimizer()
    schedule = make(optimizer)
    for step in range(EPOCHS * EPOCH_STEPS):
        yield float(f"{optimizer.param_groups[0]['lr']:.9g}")
        optimizer.step()
        if (not by_epochs or (step + 1) % EPOCH_STEPS == 0) and step + 1 < EPOCHS * EPOCH_STEPS:
            schedule.step()


def record_plateau(arguments):
    optimizer = any_optimizer()
    schedule = scheduler.ReduceLROnPlateau(optimizer, **arguments)
    for loss in LOSSES:
        optimizer.step()
        schedule.step(loss)
        yield float(f"{optimizer.param_groups[0]['lr']:.9g}")


cases = [{"optimizer": text, "learning_rate": rate, "steps": list(record_torch(rate, name, arguments, kept))}
         for text, rate, name, arguments, kept in TORCH]
cases += [{"optimizer": text, "learning_rate": rate, "steps": list(record_keras(rate, name, arguments))}
          for text, rate, name, arguments in KERAS]
record = {
    "made_by": f"PyTorch {torch.__version__}; Adam and AdamW by Keras {keras.__version__}",
    "start": start.tolist(), "gradients": gradients.round(6).tolist(), "cases": cases,
    "epochs": EPOCHS, "epoch_steps": EPOCH_STEPS, "rate": RATE, "losses": LOSSES,
    "schedules": [{"schedule": text, "rates": list(record_schedule(make, by_epochs))} for text, make, by_epochs in SCHEDULES],
    "plateaus": [{"schedule": text, "rates": list(record_plateau(arguments))} for text, arguments in PLATEAUS],
}
text = json.dumps(record, indent=0)
print(text.replace(",\n", ", ").replace("[\n", "[").replace("\n]", "]").replace("]], [[", "]],\n[[")
      .replace("{\n", "{").replace("\n}", "}").replace(", {", ",\n{"))
