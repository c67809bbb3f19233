"""Invented names, made from Swedish words as real school names are."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from random import Random

# The same few names return in every part of the country: "Parkskolan" was 22 units in 2020.
_POPULAR = (
    "Björk Berg Central Kyrk Lind Norr Nyhems Park Ring Sand Skogs Slotts Strand Söder Tall Torg "
    "Väster Öster"
).split()
_FIRST = (
    "Alm Ask Björk Blom Bok Brunn Ek En Fager Fisk Gran Gräs Grön Hag Hassel Hall Hög Kall Klock "
    "Kråk Kvarn Lax Lilje Ljung Löv Lång Mid Möll Nor Oxel Ren Ros Råd Rönn Sand Sol Sten Stor "
    "Svan Säl Tors Trast Träd Ulv Vall Vinter Vit Älg Ör"
).split()
# A place, and the form in which it is joined to what follows.
_PLACES = [
    (place, place + joint)
    for place, joint in (
        pair.split("-")
        for pair in (
            "backa- berg-s by- dal-s fors- hammar-s hed-s holm-s hult-s lund-a näs- rud-s sta- "
            "strand-s torp-s vik-s åker-s ås- äng-s"
        ).split()
    )
]
_STREETS = [
    f"{first}{kind}"
    for first in "Björk Ek Kvarn Kyrko Park Ring Skol Sol Stor Ängs".split()
    for kind in "allén gatan stigen vägen".split()
]


class Names:
    """The names of one municipality: none is given twice, whatever its capital letters."""

    def __init__(self, rng: Random, taken: Iterable[str] = ()) -> None:
        self._rng = rng
        self._taken = set(taken)

    def compulsory_school(self) -> str:
        return self._fresh(lambda: f"{self._joined()}skolan")

    def upper_secondary_school(self) -> str:
        return self._fresh(lambda: f"{self._joined()}gymnasiet")

    def independent_school(self) -> str:
        kind = self._rng.choices(
            ("Friskolan", "Montessoriskolan", "Waldorfskolan", "Resursskolan", "Byskolan"),
            (12, 4, 2, 2, 3),
        )[0]
        return self._fresh(lambda: f"{kind} {self._place()}")

    def adult_education(self) -> str:
        return self._fresh(lambda: f"Lärcentrum {self._place()}")

    def leisure_center(self) -> str:
        return self._fresh(lambda: f"Fritidsklubben {self._place()}")

    def folk_high_school(self) -> str:
        return self._fresh(lambda: f"{self._joined()} folkhögskola")

    def company(self) -> str:
        return self._fresh(self._place)

    def _fresh(self, make: Callable[[], str]) -> str:
        while (name := make()) in self._taken:
            pass
        self._taken.add(name)
        return name

    def _joined(self) -> str:
        if self._rng.random() < 0.25:  # noqa: PLR2004, a quarter have a popular name
            return self._rng.choice(_POPULAR)
        return _without_triple_letters(self._rng.choice(_FIRST) + self._rng.choice(_PLACES)[1])

    def _place(self) -> str:
        return _without_triple_letters(self._rng.choice(_FIRST) + self._rng.choice(_PLACES)[0])


def street(rng: Random) -> str:
    return f"{rng.choice(_STREETS)} {rng.randint(1, 60)}"


def host(name: str) -> str:
    """Return a host under .example, the domain that RFC 2606 keeps for examples."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^a-z0-9]+', '-', plain).strip('-')}.example"


def _without_triple_letters(word: str) -> str:
    """Write Hallunda for Hall and lunda: Swedish drops the third of three equal letters."""
    return re.sub(r"(\w)\1\1", r"\1\1", word)
