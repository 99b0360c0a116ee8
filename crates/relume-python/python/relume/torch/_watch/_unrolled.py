"""Activations behind the same weights again and again, as in a loop over time that is written by hand."""

from __future__ import annotations

from collections.abc import Iterator


class Cell:
    """The activations that follow a product with the same weights, in one pass."""

    def __init__(self) -> None:
        self.product: object = None
        """The product that the last of them followed."""
        self.steps = 0
        """How many products there were."""
        self.names: list[str] = []
        """The activations of the present step."""
        self.before: list[str] = []
        """Those of all steps."""


class Unrolled:
    """Tells later steps in time of one layer from layers in series."""

    def __init__(self) -> None:
        self.cells: dict[str, Cell] = {}
        """By the name of the weights, in the present pass."""
        self.most: dict[str, tuple[int, int]] = {}
        """The most steps of a pass, and the activations in the last of them."""

    def met(self, weight: str, product: object, name: str) -> int:
        """An activation of this name follows a product with these weights; returns which step in time it belongs to."""
        cell = self.cells.setdefault(weight, Cell())
        if cell.product is not product:
            cell.product = product
            cell.steps += 1
            cell.names = []
        cell.names.append(name)
        cell.before.append(name)
        return cell.steps - 1

    def finish(self) -> Iterator[tuple[str, str, str]]:
        """Ends a pass. The last activation of the last step stands for the layer; says of the others what they are in
        it."""
        for weight, cell in self.cells.items():
            size = cell.steps, len(cell.names)
            if cell.steps < 2 or size <= self.most.get(weight, (0, 0)):
                continue
            self.most[weight] = size
            last = cell.names[-1]
            for name in dict.fromkeys(cell.before):
                if name != last:
                    yield name, last, "sibling" if name in cell.names else "step"
        self.cells = {}
