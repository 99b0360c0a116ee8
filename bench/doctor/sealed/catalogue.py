"""All recipes and runs."""

from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

import torch

from doctor.sealed import programs
from doctor.sealed.recipe import Program, Recipe

SEEDS = 1

FAMILIES = {
    module.name: import_module(f"{programs.__name__}.{module.name}") for module in iter_modules(programs.__path__)
}
RECIPES = {
    recipe.name: recipe
    for family in FAMILIES.values()
    for recipe in vars(family).values()
    if isinstance(recipe, Recipe)
}


class Run(NamedTuple):
    """A recipe with a seed, as the source has it or repaired."""

    recipe: str
    seed: int
    faulty: bool

    @property
    def key(self) -> str:
        return f"{self.recipe}/{self.seed}/{'faulty' if self.faulty else 'healthy'}"

    @property
    def twin(self) -> "Run":
        """The same without the fault."""
        return self._replace(faulty=False)

    def build(self) -> Program:
        torch.manual_seed(self.seed)
        return RECIPES[self.recipe].build(self.faulty)


def all_runs() -> list[Run]:
    """Every run: each recipe with each seed, and the repaired twins of the faulty ones."""
    return [
        Run(name, seed, faulty)
        for seed in range(SEEDS)
        for name, recipe in RECIPES.items()
        for faulty in ((False, True) if recipe.fault else (False,))
    ]
