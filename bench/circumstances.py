"""What stands above a page of results: when, where and with what it was measured."""

import datetime
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def lines(*versions):
    """The lines of a list, with the versions of what was compared."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    yield f"- {datetime.date.today()}, {processor()}, {os.cpu_count()} cores, commit {commit or 'none'}"
    yield f"- {', '.join(versions)}, Python {platform.python_version()}"
    policy = os.environ.get("OMP_WAIT_POLICY")
    if policy:
        yield f"- Threads of OpenMP, which PyTorch uses: OMP_WAIT_POLICY={policy}"
    if hasattr(os, "getloadavg"):
        yield f"- Processes that wanted to run in the minute before: {os.getloadavg()[0]:.1f}"


def processor():
    try:
        found = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in found if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def show(page, out):
    """Prints the lines of a page as they come, and writes them to a file in the end, if one is wanted."""
    kept = []
    for line in page:
        print(line, flush=True)
        kept.append(line + "\n")
    if out:
        out.write_text("".join(kept))
