# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""What a table of figures needs beside them: the machine, and the versions of what ran."""
import os
import pathlib
import re
import subprocess


def output(*command):
    """What the command prints, or "" where it cannot be run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def first(pattern, text):
    match = re.search(pattern, text, re.M)
    return match.group(1).strip() if match else ""


def describe():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    flags = set(first(r"^flags\s*:(.*)", info).split())
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "neither AVX2 nor AVX-512"
    memory = int(first(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()) or 0)
    system = first(r'^PRETTY_NAME="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text())
    return {"cpu": "%s (%s)" % (first(r"^model name\s*:(.*)", info), vectors), "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(memory / 2**20), "system": system,
            "load": os.getloadavg()[0]}


def commit(source):
    """The commit that is checked out, with "+" where files differ from it."""
    name = output("git", "-C", str(source), "rev-parse", "--short", "HEAD")
    return name + ("+" if output("git", "-C", str(source), "status", "--porcelain", "-uno") else "")


def versions(build):
    """Which nncl is measured: its own versions, and how it was built."""
    options = output("meson", "introspect", "--buildoptions", str(build))
    kind = first(r'"name":\s*"buildtype",\s*"value":\s*"(\w+)"', options)
    said = output(str(build / "tools" / "mnist-cl" / "mnist-cl"), "--version")
    return {"version": said.splitlines(), "build": kind}
