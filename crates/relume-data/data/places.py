"""Makes places.tsv.gz of the names in Unicode CLDR; `fetch` calls it with the folder of the two unpacked packages.

A line is a name: its language, the place that it names, and the name. A place is a territory of CLDR (a country, a
part of the world; with all its names, such as the short one) or the city of a time zone. Where CLDR has no name for a
city, it is the last part of the zone's name (Unicode Technical Standard 35, part 4). Two places that one language calls
the same are one: the country Singapore and the city. A name that several of the languages have is left out, capitals
aside.
"""

import gzip
import io
import json
import sys
from collections import defaultdict
from pathlib import Path

LANGUAGES = ["cs", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "tr"]

# The unknown one, and two that were invented for tests.
NO_TERRITORIES = {"ZZ", "XA", "XB"}
NO_ZONES = {"Etc/Unknown", "Etc/UTC"}


def read(folder: Path, package: str, language: str, file: str) -> dict:
    path = folder / package / "package" / "main" / language / f"{file}.json"
    return json.loads(path.read_text(encoding="utf-8"))["main"][language]


def territories(folder: Path, language: str) -> list[tuple[str, str]]:
    names = read(folder, "cldr-localenames-full", language, "territories")["localeDisplayNames"]["territories"]
    places = ((code.split("-alt-")[0], name) for code, name in names.items())
    return [(place, name) for place, name in places if place not in NO_TERRITORIES]


def cities(folder: Path, language: str) -> dict[str, str]:
    found = {}

    def walk(zone: str, node: dict) -> None:
        if "exemplarCity" in node:
            found[zone] = node["exemplarCity"]
        for part, inner in node.items():
            if isinstance(inner, dict):
                walk(f"{zone}/{part}" if zone else part, inner)

    walk("", read(folder, "cldr-dates-full", language, "timeZoneNames")["dates"]["timeZoneNames"]["zone"])
    return {zone: name for zone, name in found.items() if zone not in NO_ZONES}


def main(folder: Path) -> None:
    by_language = {language: cities(folder, language) for language in LANGUAGES}
    zones = sorted(set().union(*by_language.values()))
    names = {
        language: territories(folder, language)
        + [(zone, by_language[language].get(zone, zone.split("/")[-1].replace("_", " "))) for zone in zones]
        for language in LANGUAGES
    }

    # Places of one name are one: each is called after the first of them.
    first: dict[str, str] = {}

    def place_of(place: str) -> str:
        while first.get(place, place) != place:
            place = first[place]
        return place

    languages = defaultdict(set)
    for language in LANGUAGES:
        of_name: dict[str, str] = {}
        for place, name in names[language]:
            languages[name.casefold()].add(language)
            other = of_name.setdefault(name.casefold(), place)
            if place_of(other) != place_of(place):
                first[place_of(place)] = place_of(other)

    english = read(folder, "cldr-localenames-full", "en", "languages")["localeDisplayNames"]["languages"]
    lines = set()
    for language in LANGUAGES:
        seen = set()
        for place, name in names[language]:
            if len(languages[name.casefold()]) == 1 and name.casefold() not in seen:
                seen.add(name.casefold())
                lines.add((english[language], place_of(place), name))
        print(f"{english[language]}: {len(seen)}")
    print(f"{len(lines)} names of {len({place for _, place, _ in lines})} places")
    text = "".join("\t".join(line) + "\n" for line in sorted(lines))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0, compresslevel=9) as file:
        file.write(text.encode())
    (Path(__file__).parent / "places.tsv.gz").write_bytes(packed.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
