"""Checks that the documents agree with the repository.

- ARCHITECTURE.md's first table says which crates there are and which of ours each may depend on.
- docs/dependencies.md explains every dependency of others, and no other.
- Links in the documents lead to files that exist.
- A document and its Chinese version show the same commands and outputs.

Prints what is wrong, one line each; exit status 1 if anything is.
"""

import json
import re
import subprocess
import sys

from tables import ROOT, table


def main():
    problems = [*layers(), *dependencies(), *links(), *translations()]
    print("\n".join(problems) or "the documents agree with the repository")
    return 1 if problems else 0


def layers():
    """Our crates and what each depends on, tests aside, against the table of crates."""
    stated = {row[0]: set(row[-1].split(", ")) - {"nothing"} for row in table("ARCHITECTURE.md", "crate")}
    found = {
        package["name"]: {d["name"] for d in package["dependencies"] if ours(d) and d["kind"] != "dev"}
        for package in packages()
    }
    for crate in sorted(found.keys() | stated.keys()):
        if found.get(crate) != stated.get(crate):
            yield f"ARCHITECTURE.md: {crate} depends on {words(found.get(crate))}, not on {words(stated.get(crate))}"


def dependencies():
    """The crates of others that ours depend on, tests included, against the table of reasons."""
    everything = packages() + metadata("fuzz/Cargo.toml")
    found = {d["name"] for package in everything for d in package["dependencies"] if not ours(d)}
    stated = {row[0] for row in table("docs/dependencies.md", "dependency")}
    for name in sorted(found - stated):
        yield f"docs/dependencies.md: no reason is given for the dependency {name}"
    for name in sorted(stated - found):
        yield f"docs/dependencies.md: nothing depends on {name} any more"


def links():
    for document in documents():
        text = without_code(document.read_text())
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text):
            if "://" not in target and not (document.parent / target).exists():
                yield f"{document.relative_to(ROOT)}: links to {target}, which does not exist"


def translations():
    for chinese in documents():
        english = chinese.with_name(chinese.name.replace(".zh-CN.md", ".md"))
        if english != chinese and code(chinese) != code(english):
            yield f"{chinese.relative_to(ROOT)}: the code blocks differ from those of {english.name}"


def packages():
    return metadata("Cargo.toml")


def metadata(manifest):
    command = ["cargo", "metadata", "--no-deps", "--format-version=1", "--manifest-path", str(ROOT / manifest)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["packages"]


def words(names):
    return "no crate listed" if names is None else ", ".join(sorted(names)) or "nothing"


def ours(dependency):
    return "path" in dependency


def documents():
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def code(document):
    """The code blocks of a document, comments of the commands aside."""
    return [re.sub(r"\s+(#|//) .*", "", block) for block in BLOCK.findall(document.read_text())]


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", BLOCK.sub("", text))


if __name__ == "__main__":
    sys.exit(main())
