"""The runs that are done: one line of JSON each, and next to it what the doctor counted, so that a run is not trained
again when only the doctor's checks have changed. Treatments follow from the checks, and are tried again."""

import ast
import hashlib
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import relume
from doctor.runs import Run
from relume import _native

HERE = pathlib.Path(__file__).resolve().parent
TRAINING = ["recipe", "tasks", "nets", "causes", "known", "further", "unseen", "naive", "published", "training"]


class Book:
    """A folder with the runs done."""

    def __init__(self, folder: pathlib.Path, every: int | None) -> None:
        self.folder = folder
        self.every = every
        folder.mkdir(parents=True, exist_ok=True)
        self.lines = folder / "runs.jsonl"
        self.code = fingerprint(TRAINING, ["_watch/**/*.py"])
        self.measured: dict[str, dict[str, Any]] = {}
        for entry in entries(self.lines):
            same = entry.get("code") == self.code and entry["every"] == every
            if same and counts(folder, entry["key"], every).exists():
                self.measured[entry["key"]] = entry["measured"]
        self.repair_lines = folder / "repairs.jsonl"
        self.repair_code = fingerprint([*TRAINING, "repair"], ["_watch/**/*.py", "_treat/*.py"], _native.__file__)
        entries_now = (entry for entry in entries(self.repair_lines) if entry.get("code") == self.repair_code)
        self.repairs: dict[str, dict[str, Any]] = {entry["key"]: entry["tries"] for entry in entries_now}

    def add(self, run: Run, measured: dict[str, Any]) -> None:
        append(self.lines, {"key": run.key, "code": self.code, "every": self.every, "measured": measured})
        self.measured[run.key] = measured

    def add_repair(self, run: Run, tries: dict[str, Any]) -> None:
        append(self.repair_lines, {"key": run.key, "code": self.repair_code, "tries": tries})
        self.repairs[run.key] = tries

    def findings(self, run: Run) -> list[dict[str, Any]]:
        """What the doctor's present checks say of a run."""
        return json.loads(_native.Run.load(counts(self.folder, run.key, self.every)).json())["findings"]


def counts(folder: pathlib.Path, key: str, every: int | None) -> pathlib.Path:
    """The file of what the doctor counted in a run."""
    return folder / f"{hashlib.sha256(f'{key} {every}'.encode()).hexdigest()[:16]}.relume"


def entries(lines: pathlib.Path) -> Iterator[dict[str, Any]]:
    """The lines of a file, if it is there."""
    if lines.exists():
        yield from map(read, lines.read_text().splitlines())


def append(lines: pathlib.Path, entry: dict[str, Any]) -> None:
    with lines.open("a") as file:
        file.write(json.dumps(entry) + "\n")


def read(line: str) -> dict[str, Any]:
    """A line, or nothing where the writing of it was interrupted."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return {}


def fingerprint(here: list[str], relumes: list[str], library: str | None = None) -> str:
    """What runs depend on: how they are made, these files of `relume.torch`, and the compiled library."""
    package = pathlib.Path(relume.__file__).parent / "torch"
    files = [HERE / f"{name}.py" for name in here]
    files += [file for pattern in relumes for file in sorted(package.glob(pattern))]
    meanings = "".join(ast.dump(ast.parse(file.read_text())) for file in files).encode()
    return hashlib.sha256(meanings + (pathlib.Path(library).read_bytes() if library else b"")).hexdigest()[:12]
