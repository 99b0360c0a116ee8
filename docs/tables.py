"""The tables of the documents that checks read."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def table(document, head):
    """The rows of a document's table whose first column has this head, without backticks and links."""
    rows, inside = [], False
    for line in (ROOT / document).read_text().splitlines():
        cells = [re.sub(r"`|\[|\]\([^)]*\)", "", cell).strip() for cell in line.strip("| ").split(" | ")]
        inside = line.startswith("|") and (inside or cells[0] == head)
        if inside and cells[0] != head and not cells[0].startswith("--"):
            rows.append(cells)
    return rows
