"""One file per family of programs; each program is a function with its citation."""
