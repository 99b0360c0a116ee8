"""The page of results."""

from collections.abc import Iterator

import circumstances
import torch

import relume
from doctor import cited_page, generated_page
from doctor.book import Book
from doctor.generated.runs import Run as Generated
from doctor.harness.watching import Mode
from doctor.score import Case


def page(
    mode: Mode, cited: list[Case], others: dict[Mode, list[Case]], generated: list[Generated], book: Book
) -> Iterator[str]:
    """Its lines."""
    yield "# The doctor on runs whose trouble is known\n"
    yield from circumstances.lines(f"relume {relume.__version__}", f"PyTorch {torch.__version__}")
    yield f"- Runs were watched {mode.name}; shares come with Wilson's 95 % intervals"
    yield "- An alarm is any finding. A cause is named if a finding of a kind that stands for it (`names.py`) is among"
    yield "  them, and named first if that is the finding that stands first. *Does not learn* names no cause."
    if cited:
        yield from cited_page.lines(mode, cited, others)
    if generated:
        yield from generated_page.lines(generated, book)
