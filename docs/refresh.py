"""Runs the commands that the documents quote, and writes what they print into the documents.

A block marked `console` holds commands after `$`, each followed by its output; with `until=WORD` after the mark, only
what comes before the first line that begins with this word. The commands are run in the order of the documents in the
folder target/docs, with target/release first on the path; the same command is run once. The default study, which takes
the longest, is judged again rather than trained again where it is there already: pass --train to train it.

Drawings that the commands leave go to docs/images, as does a picture of the report of the study. Needs
`cargo build --release`, jq, and Chromium for the picture.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/relume"
FOLDER = ROOT / "target/docs"
IMAGES = ROOT / "docs/images"
DOCUMENTS = ["README.md", "README.zh-CN.md", "docs/article.md", "docs/article.zh-CN.md"]
REPORT = FOLDER / "relume-study/report.html"


def main():
    if not PROGRAM.exists():
        sys.exit("target/release/relume does not exist: run `cargo build --release` first")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for leftover in FOLDER.iterdir():
        if "--train" in sys.argv or leftover != REPORT.parent:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    known = {"relume study": output("relume report relume-study")} if REPORT.exists() else {}
    for name in DOCUMENTS:
        document = ROOT / name
        document.write_text(BLOCK.sub(lambda block: refreshed(block, known), document.read_text()))
    IMAGES.mkdir(exist_ok=True)
    for drawing in FOLDER.glob("*.svg"):
        shutil.copy(drawing, IMAGES)
    if browser := next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None):
        photograph(browser)


BLOCK = re.compile(r"^```console(?: until=([^\n]+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def refreshed(block, known):
    until, content = block.groups()
    commands = re.findall(r"^\$ (.*)$", content, re.MULTILINE)
    lines = [block[0].split("\n", 1)[0]]
    for command in commands:
        if command not in known:
            print(f"$ {command}", file=sys.stderr)
            known[command] = output(command)
        shown, cut, _ = known[command].partition(f"\n{until}") if until else (known[command], "", "")
        lines += [f"$ {command}", *shown.rstrip().splitlines(), *(["..."] if cut else [])]
    return "\n".join([*lines, "```"])


def output(command):
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=FOLDER,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        sys.exit(f"this command of the documents failed: {command}")
    return re.sub(r"[ \t]+$", "", done.stdout, flags=re.MULTILINE)


def photograph(browser):
    """The top of the report, as it looks in a window."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,900"]
    picture = [f"--screenshot={IMAGES / 'report.png'}", REPORT.as_uri()]
    subprocess.run([browser, *options, *picture], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
