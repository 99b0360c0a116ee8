"""Under PyTorch's transforms everything is PyTorch's own operation, whatever the size, and comes to an end."""

import pathlib
import subprocess
import sys

import pytest

from pytorch.transforms import WAYS

TESTS = pathlib.Path(__file__).parents[1]

NEEDED = {"onnx": "onnx", "add_graph": "tensorboard"}

LIMIT = 600
"""Seconds, of which less than one in ten is needed. What has no end would take years."""


@pytest.mark.parametrize("way", WAYS)
def test_at_every_size(way):
    if way in NEEDED:
        pytest.importorskip(NEEDED[way], reason=f"{NEEDED[way]} is not installed")
    program = [sys.executable, "-m", "pytorch.transforms", way]
    try:
        run = subprocess.run(program, cwd=TESTS, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired as late:
        last = (late.stdout or b"").decode().splitlines()[-1:]
        pytest.fail(f"no end after {LIMIT} s: {last}")
    assert run.returncode == 0, f"{run.stdout.splitlines()[-1:]}\n{run.stderr}"
