"""The recipes and runs of a part of the benchmark that restates cited programs: of `cited`, or of `sealed`."""

import inspect
import pathlib
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

import torch

from doctor.harness.recipe import Program, Recipe


@cache
def recipes(part: str) -> dict[str, Recipe]:
    """By name, in the order of the files."""
    folder = import_module(f"doctor.{part}.programs")
    families = [import_module(f"{folder.__name__}.{module.name}") for module in iter_modules(folder.__path__)]
    return {
        recipe.name: recipe for family in families for recipe in vars(family).values() if isinstance(recipe, Recipe)
    }


class Run(NamedTuple):
    """A recipe with a seed, as the source has it or repaired."""

    part: str
    name: str
    seed: int
    faulty: bool

    @property
    def key(self) -> str:
        return f"{self.name}/{self.seed}/{'faulty' if self.faulty else 'healthy'}"

    @property
    def recipe(self) -> Recipe:
        return recipes(self.part)[self.name]

    @property
    def twin(self) -> "Run":
        """The same without the fault."""
        return self._replace(faulty=False)

    @property
    def file(self) -> pathlib.Path:
        """Where the program is written."""
        return pathlib.Path(inspect.getfile(inspect.unwrap(self.recipe.build)))

    def build(self) -> Program:
        torch.manual_seed(self.seed)
        return self.recipe.build(self.faulty)


def run(part: str, key: str) -> Run:
    """The run of a key."""
    name, seed, side = key.split("/")
    return Run(part, name, int(seed), side == "faulty")


def all_runs(part: str, seeds: int = 1) -> list[Run]:
    """Every run: each recipe with each seed, and the repaired twins of the faulty ones."""
    return [
        Run(part, name, seed, faulty)
        for name, recipe in recipes(part).items()
        for seed in range(seeds)
        for faulty in ((False, True) if recipe.fault else (False,))
    ]
