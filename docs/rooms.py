"""Checks that nothing inside a crate or a Python package depends on itself in a circle, and that rooms stand in order.

A file depends on another if it names something that the other defines (`use crate::a::B`, `super::c::d()`, `from
relume.torch._x import y`). A re-export is followed to the file that defines the thing, and a file that only hands on
what its own folder defines does not depend on it. Tests are left aside.

Files and subfolders of one folder are its rooms, at every level: what a subfolder's files depend on, the subfolder
depends on. Rooms of one folder must not depend on each other in a circle. Of the crates whose order is stated in
ARCHITECTURE.md, a room may use only those that stand after it.

Prints what is wrong, one line each; exit status 1 if anything is.
"""

import ast
import re
import sys
from typing import NamedTuple

from tables import ROOT, table

Name = tuple[str, ...]


class Mention(NamedTuple):
    """That one file names something which another defines."""

    file: Name
    other: Name
    where: str


def circles(mentions):
    """The circles among the rooms of each folder, each as one line of text."""
    for folder, arrows in sorted(levels(mentions).items()):
        for circle in sorted(shortest_circles(arrows)):
            steps = [f"{a} → {b} ({arrows[a, b]})" for a, b in zip(circle, circle[1:] + circle[:1], strict=True)]
            yield f"a circle in {'/'.join(folder) or 'the root'}: {', '.join(steps)}"


def out_of_order(mentions, order):
    """The arrows between rooms of the root that do not run down an order of sets of rooms, and the rooms that have no
    place in it, each as one line of text."""
    place = {room: i for i, rooms in enumerate(order) for room in rooms} | {"lib": -1}
    arrows = levels(mentions).get((), {})
    for room in sorted({room for arrow in arrows for room in arrow} - place.keys()):
        yield f"{room} has no place in the stated order"
    for (a, b), where in sorted(arrows.items()):
        if a in place and b in place and place[a] >= place[b]:
            yield f"{a} must not use {b} ({where})"


def levels(mentions):
    """For each folder, the arrows between its rooms, each with the first mention that makes it."""
    found = {}
    for file, other, where in mentions:
        depth = next(i for i, (a, b) in enumerate(zip(file, other, strict=False)) if a != b)
        found.setdefault(file[:depth], {}).setdefault((file[depth], other[depth]), where)
    return found


def shortest_circles(arrows):
    """For each set of rooms that reach each other, the shortest circle among them."""
    after = {}
    for a, b in arrows:
        after.setdefault(a, []).append(b)
    done = set()
    for start in sorted(after):
        paths, reached = [[start]], {start}
        while paths and start not in done:
            path = paths.pop(0)
            for room in sorted(after.get(path[-1], [])):
                if room == start:
                    done.update(path)
                    yield path
                    break
                if room not in reached:
                    reached.add(room)
                    paths.append([*path, room])


# Rust


class RustFile:
    """What a source file defines, imports and names, tests aside."""

    def __init__(self, text):
        code = code_of(text)
        self.defined = set(re.findall(r"\b(?:fn|struct|enum|union|trait|type|const|static|macro_rules!)\s+(\w+)", code))
        self.imported = {}
        """The paths of names that were brought in by `use`."""
        self.globs = []
        self.paths = []
        """All paths: whether re-exported, the line, the segments."""
        within = inline_modules(code)
        for found in USE.finditer(code):
            for *path, alias in flattened(found[2]):
                path = outside(path, within, found.start())
                self.paths.append((bool(found[1]), line_of(code, found.start()), path))
                if path[-1] == "*":
                    self.globs.append(path[:-1])
                else:
                    self.imported[alias] = path
        code = USE.sub(blank, code)
        for found in re.finditer(r"(?<![\w:])\w+(?:\s*::\s*\w+)+", code):
            path = outside(re.split(r"\s*::\s*", found[0]), within, found.start())
            self.paths.append((False, line_of(code, found.start()), path))


def inline_modules(code):
    """Where the bodies of modules begin and end that stand in the file of another."""
    return [(found.end(), closing(code, found.end())) for found in re.finditer(r"\bmod\s+\w+\s*\{", code)]


def closing(code, start):
    """Where the block ends that is open at the start."""
    depth = 1
    for place in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return len(code)


def outside(path, within, place):
    """A path as it is written outside of the modules that stand around the place."""
    around = sum(start <= place < end for start, end in within)
    while around and len(path) > 1 and path[0] == "super":
        around, path = around - 1, path[1:]
    return path


CODE = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/
    | \bb?r(?P<hashes>\#*)".*?"(?P=hashes) | b?"(?:\\.|[^"\\])*"
    | b?'(?:\\[^']+|\\'|[^\\'\n])'
    """,
    re.VERBOSE | re.DOTALL,
)
"""What is not code: comments, and literals, in which anything may stand."""

USE = re.compile(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;=]+);")
TEST = re.compile(r"#\[cfg\((?:all\()?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*")


def line_of(text, place):
    return text.count("\n", 0, place) + 1


def blank(found):
    return re.sub(r"[^\n]", " ", found[0])


def code_of(text):
    """The text with blanks in place of comments, literals, visibilities, and items that are compiled for tests only."""
    code = re.sub(r"\(in [^)]*\)", blank, CODE.sub(blank, text))
    while found := TEST.search(code):
        end, depth = found.end(), 0
        while end < len(code):
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
            if depth == 0 and code[end - 1] in ";}":
                break
        code = code[: found.start()] + re.sub(r"[^\n]", " ", code[found.start() : end]) + code[end:]
    return code


def flattened(tree):
    """The paths of a `use`: the segments of each, and after them the name that it gets."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    prefix = [part.strip() for part in head.split("::") if part.strip()]
    if not brace:
        *path, last = prefix
        name, _, alias = (part.strip() for part in last.partition(" as "))
        path += [] if name == "self" and path else [name]
        return [[*path, alias or path[-1]]]
    branches, depth = [""], 0
    for c in rest[: rest.rindex("}")]:
        depth += {"{": 1, "}": -1}.get(c, 0)
        if c == "," and depth == 0:
            branches.append("")
        else:
            branches[-1] += c
    paths = [path for branch in branches if branch.strip() for path in flattened(branch)]
    return [[*prefix, *path] if path[:-1] != ["self"] else [*prefix, prefix[-1]] for path in paths]


class RustCrate:
    """The modules of a crate, by their paths; the root has the empty one."""

    def __init__(self, source):
        self.files, self.sources = {}, {}
        root = source / "lib.rs"
        self.read((), root if root.exists() else source / "main.rs", source)

    def read(self, module, path, folder):
        """Reads a module and, by its declarations, those within it."""
        text = path.read_text()
        self.files[module], self.sources[module] = RustFile(text), path
        for child in modules(text):
            for candidate in (folder / f"{child}.rs", folder / child / "mod.rs"):
                if candidate.exists():
                    self.read((*module, child), candidate, folder / child)

    def mentions(self):
        for module, file in self.files.items():
            for exported, line, path in file.paths:
                other = self.defining(module, path)
                own = exported and other is not None and other[: len(module)] == module
                if other not in (None, module) and not own:
                    where = f"{self.sources[module].name}:{line} names {'::'.join(path)}"
                    yield Mention(self.place(module), self.place(other), where)

    def place(self, module):
        """Where the file of a module stands: one with modules within it is a file of their folder."""
        inner = any(other[:-1] == module for other in self.files if other)
        return (*module, "mod" if module else "lib") if inner or not module else module

    def defining(self, module, path, seen=()):
        """The module that defines what a path names; `None` if it is not of this crate."""
        first, *rest = path
        if first == "crate":
            here = ()
        elif first == "self":
            here = module
        elif first == "super":
            here = module[:-1]
        elif (*module, first) in self.files:
            here, rest = module, path
        elif first in self.files[module].imported and (module, first) not in seen:
            return self.defining(module, [*self.files[module].imported[first], *rest], (*seen, (module, first)))
        else:
            return None
        for name in rest:
            if name == "super":
                here = here[:-1]
            elif (*here, name) in self.files:
                here = (*here, name)
            else:
                return self.definer(here, name, seen)
        return here

    def definer(self, module, name, seen):
        """The module that defines a name which is known in a module."""
        file = self.files[module]
        if name in file.defined or (module, name) in seen:
            return module
        seen = (*seen, (module, name))
        if name in file.imported:
            return self.defining(module, file.imported[name], seen) or module
        for glob in file.globs:
            other = self.defining(module, glob, seen)
            if other is not None and name in self.files[other].defined | self.files[other].imported.keys():
                return self.definer(other, name, seen)
        return module


def modules(text):
    """The modules that a file declares as files of their own, those for tests aside."""
    return re.findall(r"\bmod\s+(\w+)\s*;", code_of(text))


# Python


class PythonPackages:
    """The modules below a folder, by their names; a package is the module `__init__` in it."""

    def __init__(self, root):
        self.trees, self.names, self.defined = {}, {}, {}
        for path in sorted(root.rglob("*.py")):
            module = path.relative_to(root).with_suffix("").parts
            self.trees[module] = ast.parse(path.read_text())
        for module, tree in self.trees.items():
            self.names[module] = dict(imports(module, tree))
            self.defined[module] = set(definitions(tree))

    def mentions(self):
        for module, tree in self.trees.items():
            for (name, line), (package, what) in imports(module, tree, lines=True):
                other = self.defining(package, what)
                if other not in (None, module):
                    yield Mention(module, other, f"{module[-1]}.py:{line} imports {name}")

    def defining(self, package, name, seen=()):
        """The module that defines a name which is imported from a module or package."""
        if name is not None and (module := self.file((*package, name))) is not None:
            return module
        module = self.file(package)
        if module is None or name is None or name in self.defined[module]:
            return module
        # What a package neither imports nor defines is a module within it that is not written in Python.
        if name not in self.names[module] or (module, name) in seen:
            return None
        return self.defining(*self.names[module][name], (*seen, (module, name))) or module

    def file(self, name):
        candidates = (name, (*name, "__init__"))
        return next((candidate for candidate in candidates if candidate in self.trees), None)


def imports(module, tree, lines=False):
    """What a module imports: under which name, from where and what; `None` for a module itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name
                yield (name, node.lineno) if lines else name, (tuple(alias.name.split(".")), None)
        elif isinstance(node, ast.ImportFrom):
            package = module[: len(module) - node.level] if node.level else ()
            package += tuple(node.module.split(".")) if node.module else ()
            for alias in node.names:
                name = alias.asname or alias.name
                yield (name, node.lineno) if lines else name, (package, alias.name)


def definitions(tree):
    """The names that a module binds itself, at whatever depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def problems(root, orders):
    """What is wrong in a repository, one line each; `orders` has the rooms of some crates from top to bottom."""
    for source in sorted(root.glob("crates/*/src")):
        crate = source.parent.name
        mentions = list(RustCrate(source).mentions())
        yield from (f"{crate}: {line}" for line in circles(mentions))
        if crate in orders:
            yield from (f"{crate}: {line}" for line in out_of_order(mentions, orders[crate]))
    for packages in (root / "crates/relume-python/python", root / "bench"):
        mentions = PythonPackages(packages).mentions()
        yield from (f"{packages.relative_to(root)}: {line}" for line in circles(mentions))


def stated_orders():
    """The orders that ARCHITECTURE.md states: for each crate sets of rooms, those of one set side by side."""
    rows = table("ARCHITECTURE.md", "rooms of")
    return {crate: [rooms.split(", ") for rooms in order.split(" → ")] for crate, order in rows}


def main():
    found = list(problems(ROOT, stated_orders()))
    print("\n".join(found) or "no circles, and all rooms stand in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
