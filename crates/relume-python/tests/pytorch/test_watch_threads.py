"""Models trained at the same time, each in a thread of its own: each doctor hears of its own."""

import threading

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from relume.torch import watch


class Training:
    """A model of its own, whose steps can be taken in any thread."""

    def __init__(self):
        self.model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.01)

    def backward(self):
        self.optimizer.zero_grad()
        self.model(torch.randn(16, 4)).square().mean().backward()

    def step(self):
        self.backward()
        self.optimizer.step()

    def watch(self):
        return watch(self.model, optimizer=self.optimizer, every=1)


def elsewhere(action):
    """Does it in another thread, and waits."""
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()


def calls(doctor):
    return doctor.to_dict()["record"]["setup"]["calls"]


def test_a_backward_pass_of_another_thread_is_not_the_models():
    mine, other = Training(), Training()
    with mine.watch() as doctor:
        for _ in range(10):
            mine.backward()
            elsewhere(other.step)
            mine.optimizer.step()
    assert (calls(doctor)["forward"], calls(doctor)["backward"], calls(doctor)["optimizer"]) == (10, 10, 10)


def test_a_step_in_another_thread_is_seen_while_a_backward_pass_runs():
    mine, other = Training(), Training()
    mine.model[0].weight.register_hook(lambda gradient: elsewhere(other.step))
    with mine.watch() as doctor, other.watch() as heard:
        elsewhere(other.step)
        for _ in range(10):
            mine.step()
    assert (calls(doctor)["forward"], calls(doctor)["backward"], calls(doctor)["optimizer"]) == (10, 10, 10)
    assert (calls(heard)["forward"], calls(heard)["backward"], calls(heard)["optimizer"]) == (11, 11, 11)


def test_a_model_is_watched_in_whatever_thread_it_is_trained():
    mine = Training()
    with mine.watch() as doctor:
        elsewhere(mine.step)
        mine.step()
        elsewhere(mine.step)
    assert (calls(doctor)["forward"], calls(doctor)["backward"], calls(doctor)["optimizer"]) == (3, 3, 3)


def test_a_doctor_comes_and_goes_while_another_thread_takes_a_step():
    """PyTorch walks through the hooks of all optimisers then, and raises where they change meanwhile."""
    mine, other = Training(), Training()

    def watch_another():
        with other.watch():
            other.step()

    with mine.watch() as doctor:
        handle = register_optimizer_step_pre_hook(
            lambda optimizer, args, kwargs: elsewhere(watch_another) if optimizer is mine.optimizer else None
        )
        try:
            for _ in range(3):
                mine.step()
        finally:
            handle.remove()
    assert calls(doctor)["optimizer"] == 3
