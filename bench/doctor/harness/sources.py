"""The table of sources, from what the recipes say."""

from doctor.harness.catalogue import recipes


def page(part: str, title: str, command: str) -> str:
    """Every program, what was wrong, what helped, and the facts that are restated."""
    faulty = [recipe for recipe in recipes(part).values() if recipe.fault]
    sound = [recipe for recipe in recipes(part).values() if not recipe.fault]
    lines = [
        f"# {title}",
        "",
        f"Printed by `{command}`.",
        "",
        "## Faulty programs, each with its repaired twin",
        "",
        "| program | source | fault | what was wrong | what helped | what is restated |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for recipe in faulty:
        source = recipe.source
        cells = (recipe.name, f"<{source.url}>", recipe.fault, source.wrong, source.fix, recipe.facts)
        lines.append(row(cells))
    lines += ["", "## Programs that work", "", "| program | source | what is restated |", "| --- | --- | --- |"]
    lines += [row((recipe.name, f"<{recipe.source.url}>", recipe.facts)) for recipe in sound]
    return "\n".join(lines) + "\n"


def row(cells: tuple[object, ...]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
