"""The runs that are done: one line of JSON each, and next to it what the doctor counted, so that runs can be judged
again when only the doctor's checks have changed. Treatments follow from the checks, and are tried again."""

import ast
import hashlib
import json
import pathlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import relume
from doctor.generated.runs import Run as Generated
from doctor.harness.catalogue import Run as Cited
from doctor.harness.watching import Mode
from relume import _native

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = pathlib.Path(relume.__file__).parent / "torch"
LIBRARY = hashlib.sha256(pathlib.Path(_native.__file__).read_bytes()).hexdigest()[:12]
GENERATED = [HERE / "published.py", *sorted((HERE / "generated").glob("*.py"))]
SHARED = [HERE / "harness" / f"{name}.py" for name in ("data", "loops", "recipe", "watching")]

Run = Generated | Cited


class Book:
    """A folder with the runs done in one mode."""

    def __init__(self, folder: pathlib.Path, mode: Mode, rejudge: bool) -> None:
        """With `rejudge`, what was counted by another build of relume stands, and is judged by the present one."""
        self.folder, self.mode = folder, mode
        folder.mkdir(parents=True, exist_ok=True)
        self.lines = folder / "runs.jsonl"
        self.known: dict[tuple[str, str], dict[str, Any]] = {}
        for entry in entries(self.lines):
            if entry["mode"] == mode.name and (rejudge or entry["library"] == LIBRARY):
                self.known[entry["key"], entry["code"]] = entry
        whole = f"{fingerprint((HERE / 'examined.py', *GENERATED, *sorted(PACKAGE.rglob('*.py'))))} {LIBRARY}"
        self.repairs = Results(folder / "repairs.jsonl", whole)
        self.examinations = Results(folder / "examinations.jsonl", whole)

    def entry(self, run: Run) -> dict[str, Any] | None:
        """What is written of a run, if it is done and still holds."""
        return self.known.get((run.key, code(run)))

    def add(self, run: Run, result: dict[str, Any]) -> None:
        entry = {"key": run.key, "mode": self.mode.name, "code": code(run), "library": LIBRARY, **result}
        append(self.lines, entry)
        self.known[run.key, entry["code"]] = entry

    def findings(self, run: Run) -> list[dict[str, Any]]:
        """What the doctor's present checks say of a run."""
        if self.known[run.key, code(run)]["failed"]:
            return []
        return json.loads(_native.Run.load(counts(self.folder, run, self.mode)).json())["findings"]


class Results(dict[str, dict[str, Any]]):
    """What came of runs, by their keys, in a file; what another code has written is not among them."""

    def __init__(self, lines: pathlib.Path, code: str) -> None:
        super().__init__({entry["key"]: entry["result"] for entry in entries(lines) if entry["code"] == code})
        self.lines, self.code = lines, code

    def add(self, run: Run, result: dict[str, Any]) -> None:
        append(self.lines, {"key": run.key, "code": self.code, "result": result})
        self[run.key] = result


def counts(folder: pathlib.Path, run: Run, mode: Mode) -> pathlib.Path:
    """The file of what the doctor counted in a run."""
    return folder / f"{hashlib.sha256(f'{run.key} {mode.name}'.encode()).hexdigest()[:16]}.relume"


class Alarms:
    """What published definitions say of the cited programs, which does not depend on relume."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lines = folder / "published.jsonl"
        self.known = {(entry["key"], entry["code"]): entry["alarms"] for entry in entries(self.lines)}

    def get(self, run: Cited) -> list[str] | None:
        return self.known.get((run.key, self.code(run)))

    def add(self, run: Cited, alarms: list[str]) -> None:
        append(self.lines, {"key": run.key, "code": self.code(run), "alarms": alarms})
        self.known[run.key, self.code(run)] = alarms

    @staticmethod
    def code(run: Cited) -> str:
        return fingerprint((HERE / "published.py", HERE / "harness" / "published.py", *SHARED, run.file))


def code(run: Run) -> str:
    """Fingerprint of what a run depends on: the files that make it, and those of `relume.torch` that watch it."""
    made = GENERATED if isinstance(run, Generated) else (*SHARED, run.file)
    return fingerprint((*made, *sorted((PACKAGE / "_watch").rglob("*.py"))))


@cache
def fingerprint(files: tuple[pathlib.Path, ...]) -> str:
    """Of what the files say, whatever their comments and layout."""
    meanings = "".join(ast.dump(ast.parse(file.read_text())) for file in files).encode()
    return hashlib.sha256(meanings).hexdigest()[:12]


def entries(lines: pathlib.Path) -> Iterator[dict[str, Any]]:
    """The lines of a file, if it is there; without one whose writing was interrupted."""
    for line in lines.read_text().splitlines() if lines.exists() else ():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def append(lines: pathlib.Path, entry: dict[str, Any]) -> None:
    with lines.open("a") as file:
        file.write(json.dumps(entry) + "\n")
