#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Records what PyTorch's layers give and how they learn: tests/model/layers.py > tests/model/layers.json

Pictures and weights are written in nncl's order: [N][height][width][channels], dense weights [inputs][outputs],
windows [height][width][channels][filters].
"""
import json

import torch
from torch import nn

torch.manual_seed(5)


def flat(tensor):
    if tensor.dim() == 4:
        tensor = tensor.permute(0, 2, 3, 1)
    return [float(f"{value:.9g}") for value in tensor.detach().reshape(-1).tolist()]


def weights(parameter, picture_weight):
    if parameter.dim() == 2:
        parameter = parameter.t()
    if parameter.dim() == 4:
        return [float(f"{v:.9g}") for v in parameter.detach().permute(2, 3, 1, 0).reshape(-1).tolist()]
    return flat(picture_weight(parameter))


def same(parameter):
    return parameter


def case(network, model, x, picture_weight=same):
    """What the model gives in training and, by then, in inference, and its gradients for random slopes."""
    for name, parameter in model.named_parameters():
        if not name.endswith("0.weight"):
            nn.init.uniform_(parameter, -1, 1)
    state = [(name, value) for name, value in model.state_dict().items() if not name.endswith("batches_tracked")]
    before = [weights(value, picture_weight) for _, value in state]
    model.train()
    y = model(x)
    slopes = torch.rand_like(y) * 2 - 1
    y.backward(slopes)
    trained = dict(model.named_parameters())
    gradients = [weights(trained[name].grad, picture_weight) if name in trained else None for name, _ in state]
    after = [weights(value, picture_weight) for _, value in state]
    model.eval()
    height, width, channels = (x.shape[2], x.shape[3], x.shape[1]) if x.dim() == 4 else (1, 1, x.shape[1])
    return {"network": network, "input": [height, width, channels], "rows": len(x), "x": flat(x),
            "slopes": flat(slopes), "parameters": before, "y": flat(y), "gradients": gradients, "after": after,
            "inference": flat(model(x))}


class Channels(nn.LayerNorm):
    """Over the channels of each pixel."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


rows, pictures = torch.rand(7, 4) * 6 - 1, torch.rand(3, 2, 4, 3) * 4 - 2
cases = [
    case("dense 5 nobias, batchnorm", nn.Sequential(nn.Linear(4, 5, bias=False), nn.BatchNorm1d(5)), rows),
    case("conv 3 1x2 nobias, batchnorm momentum 0.25 epsilon 0.01",
         nn.Sequential(nn.Conv2d(2, 3, (1, 2), bias=False), nn.BatchNorm2d(3, eps=0.01, momentum=0.25)), pictures),
    case("dense 5 nobias, layernorm", nn.Sequential(nn.Linear(4, 5, bias=False), nn.LayerNorm(5)), rows),
    case("conv 3 1x2 nobias, layernorm epsilon 0.01",
         nn.Sequential(nn.Conv2d(2, 3, (1, 2), bias=False), nn.LayerNorm((3, 4, 2), eps=0.01)), pictures,
         lambda parameter: parameter.unsqueeze(0) if parameter.dim() == 3 else parameter),
    case("conv 3 1x2 nobias, layernorm channels",
         nn.Sequential(nn.Conv2d(2, 3, (1, 2), bias=False), Channels(3)), pictures),
    # PyTorch divides its alpha by the size.
    case("conv 4 1x2 nobias, lrn 3 k 1.5 alpha 0.5 beta 0.75",
         nn.Sequential(nn.Conv2d(2, 4, (1, 2), bias=False), nn.LocalResponseNorm(3, alpha=1.5, beta=0.75, k=1.5)),
         pictures),
    case("dense 5 nobias softmax, dense 3",
         nn.Sequential(nn.Linear(4, 5, bias=False), nn.Softmax(dim=1), nn.Linear(5, 3)), rows),
]
print(json.dumps({"torch": torch.__version__, "cases": cases}))
