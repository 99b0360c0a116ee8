"""The runs that are done: one line of JSON each, and beside it what the doctor counted, so that a run is not trained
again when only the doctor's checks have changed."""

import ast
import hashlib
import json
import pathlib
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
        self.code = fingerprint()
        self.measured: dict[str, dict[str, Any]] = {}
        if self.lines.exists():
            for line in self.lines.read_text().splitlines():
                entry = read(line)
                if entry.get("code") == self.code and entry["every"] == every and self.counts(entry["key"]).exists():
                    self.measured[entry["key"]] = entry["measured"]

    def counts(self, key: str) -> pathlib.Path:
        """The file of what the doctor counted."""
        return self.folder / f"{hashlib.sha256(f'{key} {self.every}'.encode()).hexdigest()[:16]}.relume"

    def add(self, run: Run, measured: dict[str, Any]) -> None:
        entry = {"key": run.key, "code": self.code, "every": self.every, "measured": measured}
        with self.lines.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        self.measured[run.key] = measured

    def findings(self, run: Run) -> list[dict[str, Any]]:
        """What the doctor's present checks say of a run."""
        return json.loads(_native.Run.load(self.counts(run.key)).json())["findings"]


def read(line: str) -> dict[str, Any]:
    """A line, or nothing where the writing of it was interrupted."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return {}


def fingerprint() -> str:
    """What the runs depend on: how they are made, and how relume watches."""
    package = pathlib.Path(relume.__file__).parent
    files = [HERE / f"{name}.py" for name in TRAINING] + sorted((package / "torch" / "_watch").glob("*.py"))
    meanings = (ast.dump(ast.parse(file.read_text())) for file in files)
    return hashlib.sha256("".join(meanings).encode()).hexdigest()[:12]
