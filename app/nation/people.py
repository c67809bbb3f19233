"""Everybody at a school: classes, pupils, teachers, and now and then somebody odd."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from random import Random

from app.population import Grant, Group, Owner, Person, School
from app.skolverket.names import host

_FIRST_NAMES = (
    "Adam Agnes Ahmed Alex Alice Alma Alva Amina Amir Anders Anna Anton Aron Arvid Astrid Axel "
    "Bo Cleo Daniel David Ebba Edvin Elin Elias Ella Ellen Elsa Emil Emma Erik Eva Fatima Felix "
    "Filip Freja Gabriel Gustav Hanna Harry Hassan Hedda Hugo Ida Ines Ingrid Isak Iris Ivar "
    "Jack Jamal Johan Jonas Josef Julia Karin Karl Klara Layla Lea Leo Liam Lilly Linnea Lisa "
    "Liv Lo Lova Love Lovisa Ludvig Lukas Luna Maja Malin Maria Maryam Matilda Melvin Milo "
    "Minna Mira Moa Mohamed Molly Nils Noah Nora Nour Olivia Olle Omar Oskar Otto Per Saga "
    "Sally Sam Samir Sara Sigge Signe Sofia Stella Sven Theo Tilde Tindra Tor Tuva Vera Viggo "
    "Viktor Vilma Wilma Yasmin Ylva Yusuf Zahra Åsa Åke Östen"
).split()
_LAST_NAMES = (
    "Abdi Ahmed Ali Alm Andersson Arvidsson Axelsson Backe Berg Berglund Bergman Bergström Björk "
    "Blom Bäck Carlsson Claesson Dahl Dahlberg Danielsson Ek Eklund Ekström Engström Eriksson "
    "Falk Forsberg Fransson Gran Gunnarsson Gustafsson Hansen Hansson Hassan Hedlund Hellström "
    "Henriksson Hermansson Holm Holmberg Håkansson Ibrahim Isaksson Jakobsson Jansson Johansson "
    "Jonsson Karlsson Khan Larsson Lind Lindberg Lindgren Lindqvist Lindström Lund Lundberg "
    "Lundgren Lundqvist Löfgren Magnusson Martinsson Mattsson Mohamed Månsson Nguyen Nilsson "
    "Norberg Nordin Nordström Nyberg Nyström Olofsson Olsson Omar Persson Petersson Pettersson "
    "Pålsson Samuelsson Sandberg Sjöberg Sjögren Ström Strömberg Sundberg Svensson Söderberg "
    "Viklund Wallin Wikström Åberg Åkesson Åström Öberg Öhman"
).split()
_TEACHING_GROUPS = (
    "Kören",
    "Modersmål arabiska",
    "Tyska",
    "Franska",
    "Studieverkstaden",
    "Slöjd A",
)
_PROGRAMMES = ("NA", "SA", "EK", "TE", "BF", "VO", "EE", "IMS")

# Of how many people or schools one is odd in this way, and which of them is the first.
_WITHOUT_EMAIL, _SHARED_EMAIL = (200, 7), (1000, 13)
_PROTECTED, _DELETED = (500, 19), (300, 23)
_EMPTY_GROUP, _DELETED_GROUP = (40, 0), (60, 1)
_AT_TWO_SCHOOLS = (25, 2)


class Census:
    """Fills schools with people, who are the same whenever as many schools come before theirs."""

    def __init__(self, owners: Sequence[Owner], begun: date) -> None:
        # Administrators come first.
        self._people = count(len(owners) + 2)
        self._pupils, self._teachers, self._schools = count(), count(), count()
        self._groups, self._grants, self._pools = count(1), count(1), count(1)
        self._begun = begun
        self.until = date(begun.year + 1, 6, 30)
        self.partner_account = Person(
            len(owners) + 1, "partner", "Pia", "Partner", "pia.partner@nation.example",
            "pia.partner@nation.example",
        )  # fmt: skip

    def fill(self, school: School) -> None:
        """Let people be at a school, in its classes, with their seats."""
        rng = Random(f"people of {school.number} {school.name}")  # noqa: S311, invented people
        host_ = host(school.owner.name.removesuffix(" (påhittad)"))
        school.groups = list(self._classes(school))
        classes = [group.number for group in school.groups]
        school.groups += self._other_groups(school)
        others = [group.number for group in school.groups[len(classes) :] if not group.is_deleted]
        if others and next(self._schools) % _EMPTY_GROUP[0] == _EMPTY_GROUP[1]:
            others.pop()
        school.people = list(self._teachers_of(school, classes, rng, host_))
        school.people += self._pupils_of(school, classes, others, rng, host_)
        school.grants = list(self._grants_of(school))

    def _classes(self, school: School) -> Iterator[Group]:
        grades = school.grades or ("1",)
        for place in range(school.classes):
            at = place * len(grades) // school.classes
            letter = chr(65 + (place - -(-at * school.classes // len(grades))) % 26)
            if school.grades:
                name = f"{grades[at]}{letter}"
            else:
                programme = _PROGRAMMES[place % len(_PROGRAMMES)]
                name = f"{programme}{(self._begun.year - place % 3) % 100:02}{letter}"
            yield Group(next(self._groups), name)

    def _other_groups(self, school: School) -> Iterator[Group]:
        for place in range((school.classes + 4) // 8):
            name = _TEACHING_GROUPS[place % len(_TEACHING_GROUPS)]
            yield Group(next(self._groups), name, is_class=False)
        if (school.classes and school.number % _DELETED_GROUP[0] == _DELETED_GROUP[1]) or (
            school.classes and school.number == 2  # noqa: PLR2004, even the smallest nation has one
        ):
            yield Group(next(self._groups), "Nedlagd klass", is_deleted=True)

    def _teachers_of(
        self, school: School, classes: Sequence[int], rng: Random, domain: str
    ) -> Iterator[Person]:
        number = school.teachers
        elsewhere = _unlicensed(school)
        names = zip(
            rng.choices(_FIRST_NAMES, k=number), rng.choices(_LAST_NAMES, k=number), strict=True
        )
        for place, (first, last) in enumerate(names):
            own = next(self._people)
            at_two = next(self._teachers) % _AT_TWO_SCHOOLS[0] == _AT_TWO_SCHOOLS[1]
            # Each class has a teacher, and each teacher a class.
            groups = set(classes[place::number])
            if classes:
                groups.add(classes[place % len(classes)])
            username = f"l{own:07}@{domain}"
            yield Person(
                own, "teacher", first, last, username, f"{_plain(first)}.{_plain(last)}.{username}",
                also_at=elsewhere if at_two else None, groups=tuple(sorted(groups)),
            )  # fmt: skip

    def _pupils_of(
        self,
        school: School,
        classes: Sequence[int],
        others: Sequence[int],
        rng: Random,
        domain: str,
    ) -> Iterator[Person]:
        number = school.pupils
        names = zip(
            rng.choices(_FIRST_NAMES, k=number), rng.choices(_LAST_NAMES, k=number), strict=True
        )
        before = None
        for place, (given, family) in enumerate(names):
            first, last = given, family
            own, nth = next(self._people), next(self._pupils)
            username = f"e{own:07}@elev.{domain}"
            email: str | None = f"{_plain(first)}.{_plain(last)}.{username}"
            groups = [classes[place * len(classes) // number]]
            if others and place % 8 == 0:
                groups.append(others[(place // 8) % len(others)])
            is_deleted = nth % _DELETED[0] == _DELETED[1]
            if is_deleted:
                first, last, email = "", "", None
            elif nth % _WITHOUT_EMAIL[0] == _WITHOUT_EMAIL[1]:
                email = None
            elif nth % _SHARED_EMAIL[0] == _SHARED_EMAIL[1]:
                email = before
            elif nth % _PROTECTED[0] == _PROTECTED[1]:
                # By turns without a name, and with a letter instead of one.
                first, last = ("", "") if nth // _PROTECTED[0] % 2 else ("X", "Y")
                email = username
            before = email
            yield Person(
                own, "student", first, last, username, email, is_deleted, groups=tuple(groups)
            )

    def _grants_of(self, school: School) -> Iterator[Grant]:
        begun, until = self._begun, self.until
        people = tuple(school.people)
        pupils = [one for one in people if one.role == "student"]
        match school.license:
            case "organization" | "school":
                yield Grant(next(self._grants), school.license, begun, until, people)
            case "handed_on":
                yield Grant(next(self._grants), "organization", begun, until, is_assigned=False)
            case "group":
                # A license of thirty students and two teachers for each of the first classes.
                for group in [one for one in school.groups if one.is_class and not one.is_deleted][
                    :3
                ]:
                    within = [one for one in people if group.number in one.groups]
                    students = [one for one in within if one.role == "student"][:30]
                    teachers = [one for one in within if one.role == "teacher"][:2]
                    holders = (*teachers, *students)
                    yield Grant(next(self._grants), "group", begun, until, holders, group.number)
            case "pool":
                # Seats for two thirds of the pupils.
                pool = next(self._pools)
                living = [one for one in pupils if not one.is_deleted]
                for pupil in living[: max(1, len(living) * 2 // 3)]:
                    yield Grant(next(self._grants), "single", begun, until, (pupil,), pool=pool)
                yield Grant(
                    next(self._grants), "single", begun, begun + timedelta(days=365),
                    tuple(living[-1:]), is_demo=True,
                )  # fmt: skip
            case "expired":
                for teacher in [one for one in people if one.role == "teacher"][:1]:
                    ended = begun - timedelta(days=1)
                    began = begun - timedelta(days=365)
                    yield Grant(next(self._grants), "single", began, ended, (teacher,))


def _unlicensed(school: School) -> int | None:
    """Return another school of the same organization, one without a license if there is one."""
    others = [other for other in school.owner.schools if other is not school]
    found = [other for other in others if other.license is None]
    return (found or others)[0].number if others else None


def _plain(name: str) -> str:
    return name.lower().translate(_ASCII)


_ASCII = str.maketrans("åäö", "aao")
