# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""forward.py MODEL.safetensors ROWS

Computes a dense network's class probabilities with NumPy alone, from nothing but the model file. ROWS
holds little-endian float32 features as the data have them: scale and shift come from the file. Prints
a line of probabilities per row."""
import sys

import numpy
import safetensors


def layers(network):
    """("dense", 128), ("relu", None), … from the text form."""
    words = network.replace(",", " ").split()
    while words:
        name = words.pop(0)
        yield name, int(words.pop(0)) if name == "dense" else None


def main(model_path, rows_path):
    with safetensors.safe_open(model_path, framework="numpy") as model:
        metadata = model.metadata()
        tensors = {name: model.get_tensor(name) for name in model.keys()}
    features = numpy.prod([int(size) for size in metadata["nncl.input"].split("x")])
    x = numpy.fromfile(rows_path, "<f4").reshape(-1, features)
    x = x * numpy.float32(metadata["nncl.scale"]) + numpy.float32(metadata["nncl.shift"])
    for index, (name, outputs) in enumerate(layers(metadata["nncl.network"])):
        if name == "dense":
            weight, bias = tensors.pop(f"{index}.weight"), tensors.pop(f"{index}.bias")
            assert weight.shape == (outputs, x.shape[1]) and weight.dtype == numpy.float32
            x = x @ weight.T + bias
        elif name == "relu":
            x = numpy.maximum(x, 0)
        else:
            sys.exit(f"layer {index}: this script does not know {name}")
    assert not tensors and x.shape[1] == int(metadata["nncl.classes"])
    p = numpy.exp(x - x.max(axis=1, keepdims=True))
    numpy.savetxt(sys.stdout, p / p.sum(axis=1, keepdims=True), fmt="%.9g")


main(*sys.argv[1:])
