"""Tables of figures in pages of the documentation, written by the program that found them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def put(page: Path, name: str, text: str) -> None:
    """Put a text where the page says, in comments that nobody sees, that it belongs."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    written, places = place.subn(
        lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page.read_text()
    )
    if places != 1:
        raise ValueError(f"{page} has {places} places for {name}")
    page.write_text(written)
