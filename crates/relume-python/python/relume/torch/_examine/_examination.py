"""An examination, as users meet it."""

from __future__ import annotations

import shutil

from relume.torch._examine._outcomes import Outcomes
from relume.torch._examine._page import page
from relume.torch._examine._text import text


class Examination(Outcomes):
    """What came of an examination; made by ``relume.torch.examine``."""

    def report(self, width: int | None = None) -> str:
        """The headline, and all curves side by side, as text as wide as the terminal."""
        return text(self, width or shutil.get_terminal_size((100, 24)).columns)

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        return f"<Examination learns: {self.learns}, cause: {self.cause}, helps: {', '.join(self.helps) or 'nothing'}>"

    def _repr_html_(self) -> str:
        return page(self)
