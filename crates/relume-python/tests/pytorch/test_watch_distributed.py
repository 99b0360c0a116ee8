"""Several processes that train one model: each counts its own, and one verdict comes from the counts together."""

import json
import os
import socket

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing
from torch.nn.parallel import DistributedDataParallel

from pytorch.naive import Naive
from pytorch.nets import clouds, mlp, train
from relume import _native
from relume.torch import watch

pytestmark = pytest.mark.skipif(
    not (dist.is_available() and dist.is_gloo_available()), reason="PyTorch lacks torch.distributed with gloo"
)


def data(rank):
    """Each worker its own half, in which other units are silent."""
    x, t = clouds(1024, seed=rank)
    return x.abs() * (1 if rank == 0 else -1), t


def net():
    torch.manual_seed(0)
    model = mlp(depth=1, width=16)
    with torch.no_grad():
        # Some units see only positive inputs, some only negative ones, some none.
        model[0].weight[:4] = 1.0
        model[0].weight[4:8] = -1.0
        model[0].bias[:8] = 0.0
        model[0].bias[8:11] = -100.0
    return model


def worker(rank, port, folder):
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    model = DistributedDataParallel(net())
    naive = Naive({"module.1": model.module[1]})
    with watch(model, every=1) as doctor:
        train(model, steps=40, lr=1e-4, data=data(rank))
    alone = doctor.to_dict()
    text = doctor.report(200)
    doctor.save(os.path.join(folder, f"{rank}.relume"))
    doctor.gather()
    together = doctor.to_dict()
    torch.save((naive.y, alone, together, text), os.path.join(folder, f"{rank}.pt"))
    dist.destroy_process_group()


def test_one_verdict_from_two_processes(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(worker, (port, str(tmp_path)), nprocs=2)
    (y0, alone0, together0, text), (y1, alone1, together1, _) = (
        torch.load(tmp_path / f"{rank}.pt", weights_only=False) for rank in (0, 1)
    )
    assert together0 == together1
    assert "This is what rank 0 of 2 saw" in text
    last = together0["record"]["snapshots"][-1]
    first, end = last["steps"]
    seen = torch.cat(y0["module.1"][first : end + 1] + y1["module.1"][first : end + 1], 1)
    silent = int((seen == 0).all(1).sum())
    assert last["samples"] == 2 * (end - first + 1) * 64
    # Alone, each believes that more are silent: they are, on its half of the data.
    parts = [alone["record"]["snapshots"][-1]["layers"][0]["silent"] for alone in (alone0, alone1)]
    assert last["layers"][0]["silent"] == silent
    assert 3 <= silent < min(parts), (silent, parts)
    assert together0["cost"]["watched"] == 80
    # The files come to the same.
    run = _native.Run.load(tmp_path / "0.relume")
    run.merge(_native.Run.load(tmp_path / "1.relume"))
    assert json.loads(run.json())["record"] == together0["record"]
