# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""rewrite.py FROM TO: reads a model file and writes it anew as the safetensors package does."""
import sys

import safetensors
import safetensors.numpy

with safetensors.safe_open(sys.argv[1], framework="numpy") as model:
    tensors = {name: model.get_tensor(name) for name in reversed(list(model.keys()))}
    metadata = dict(model.metadata(), format="np")
safetensors.numpy.save_file(tensors, sys.argv[2], metadata)
