"""The partner's copy of the register: whole, resumable, and never emptied by a failing source."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.database import Base
from app.dependencies import Peer
from app.errors import RefusalError
from app.partner import register_import, register_renewal
from app.partner.models import RegisterCopy, RegisterPage, RegisterUnit
from app.partner.register_refresh import ShrunkRegisterError
from app.partner.skolverket_client import RegisterFailedError, RegisterReader
from app.seeds import refresh_register
from app.settings import Settings
from tests.conftest import World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNITS = {f"1000{number:04}": f"Skola {number}" for number in range(20)}


class Register:
    """A small register over HTTP that can be made to fail."""

    def __init__(self) -> None:
        self.units = dict(UNITS)
        self.asked: list[str] = []
        self.fails_after: int | None = None
        self.answer: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.fails_after is not None and len(self.asked) > self.fails_after:
            return self.answer or httpx.Response(503)
        path = request.url.path.removeprefix("/skolenhetsregistret/v2/")
        if path == "organizers":
            return _list([{"organizationNumber": "2990000016"}])
        if path == "education-providers":
            return _list([])
        if path.startswith("school-units/"):
            return _record(path.removeprefix("school-units/"))
        return _list(
            [
                {"schoolUnitCode": code, "name": name, "status": "AKTIV"}
                for code, name in self.units.items()
            ]
        )

    def reader(self) -> RegisterReader:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return RegisterReader(Peer(http, "https://register.example"))


def _list(rows: list[dict[str, str]]) -> httpx.Response:
    return httpx.Response(200, json={"data": {"attributes": rows}})


def _record(code: str) -> httpx.Response:
    attributes = {
        "displayName": "Ny skola",
        "status": "PLANERAD",
        "municipalityCode": "0180",
        "schoolUnitType": "SKOLENHET",
        "schoolTypes": ["GR", "FTH"],
        "headMaster": "Rektor Hemlig",
        "email": "rektor.hemlig@skola.example",
    }
    return httpx.Response(
        200,
        json={
            "data": {"schoolUnitCode": code, "attributes": attributes},
            "included": {"organizationNumber": "2990000016"},
        },
    )


def _renew(world: World, register: Register, *, only_changes: bool = False) -> int:
    renew: Callable[..., int] = (
        register_renewal.changes if only_changes else register_renewal.everything
    )
    return renew(
        world.database, register.reader, clock=lambda: NOW, progress=lambda _done, _total: None
    )


def _empty(world: World) -> None:
    with world.database.write() as session:
        for table in (RegisterUnit, RegisterCopy, RegisterPage):
            session.execute(Base.metadata.tables[table.__tablename__].delete())


def _names(world: World) -> dict[str, str]:
    with world.database.read() as session:
        rows = session.execute(select(RegisterUnit.school_unit_code, RegisterUnit.name)).all()
        return dict(rows)


def _units(world: World) -> list[tuple[object, ...]]:
    table = Base.metadata.tables[RegisterUnit.__tablename__]
    with world.database.read() as session:
        rows = session.execute(select(table).order_by(table.c.school_unit_code))
        return [tuple(row) for row in rows]


def test_the_demo_has_a_whole_copy_of_the_register_with_what_lists_leave_out(
    world: World,
) -> None:
    with world.database.read() as session:
        known = session.get_one(RegisterUnit, "10000001")
        total = session.scalar(select(func.count()).select_from(RegisterUnit)) or 0
        central = session.get_one(RegisterUnit, "10000008")

    assert total > 10_650
    assert known.organization_number == "2990000016"
    assert known.municipality_code == "1880"
    assert known.school_types.split() == ["FKLASS", "GR"]
    assert central.unit_type == "CENTRAL"


def test_the_demo_begins_with_the_copy_that_a_renewal_leaves(
    world: World, settings: Settings
) -> None:
    begun = _units(world)

    refresh_register(world.database, settings, clock=lambda: NOW)

    assert begun == _units(world)


def test_a_copy_holds_every_unit_of_the_register(world: World) -> None:
    _empty(world)

    count = _renew(world, Register())

    assert count == len(UNITS)
    assert _names(world) == UNITS


def test_an_interrupted_refresh_goes_on_where_it_stopped_and_the_copy_stays(
    world: World,
) -> None:
    _empty(world)
    _renew(world, Register())
    register = Register()
    register.units["10000099"] = "Ny skola"
    register.fails_after = 251

    with pytest.raises(RegisterFailedError):
        _renew(world, register)
    in_between = _names(world)
    register.fails_after, register.asked = None, []
    _renew(world, register)

    assert in_between == UNITS
    assert "10000099" in _names(world)
    whole = 1 + 1 + 1 + 3 + 10 + 290 + 1
    assert len(register.asked) == whole - 200


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(404, json={"status": "404"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": {"attributes": [{"schoolUnitCode": "123"}]}}),
    ],
    ids=["down", "gone", "a page", "another shape"],
)
def test_a_failing_source_leaves_the_copy_as_it_was(world: World, answer: httpx.Response) -> None:
    _empty(world)
    _renew(world, Register())
    register = Register()
    register.fails_after, register.answer = 0, answer

    with pytest.raises(RegisterFailedError):
        _renew(world, register)

    assert _names(world) == UNITS


def test_a_source_that_has_suddenly_lost_most_units_is_not_believed(world: World) -> None:
    _empty(world)
    _renew(world, Register())
    register = Register()
    register.units = {}

    with pytest.raises(ShrunkRegisterError):
        _renew(world, register)

    assert _names(world) == UNITS


def test_a_passing_failure_is_tried_again(world: World) -> None:
    _empty(world)
    register = Register()
    failures: list[httpx.Response | None] = [httpx.Response(500), httpx.Response(429), None]

    def moody(request: httpx.Request) -> httpx.Response:
        if not failures:
            return register(request)
        failure = failures.pop()
        if failure is None:
            message = "slow"
            raise httpx.ReadTimeout(message)
        return failure

    def reader() -> RegisterReader:
        http = httpx.AsyncClient(transport=httpx.MockTransport(moody))
        return RegisterReader(Peer(http, "https://register.example"))

    count = register_renewal.everything(
        world.database, reader, clock=lambda: NOW, progress=lambda _done, _total: None
    )

    assert count == len(UNITS)


def test_changes_are_asked_for_since_the_day_before_and_hold_no_person(world: World) -> None:
    _empty(world)
    _renew(world, Register())
    register = Register()
    register.units = {"10000099": "Ny skola"}

    count = _renew(world, register, only_changes=True)

    assert count == 1
    assert "meta_modified_after=2026-11-23" in register.asked[0]
    with world.database.read() as session:
        unit = session.get_one(RegisterUnit, "10000099")
        assert (unit.status, unit.organization_number) == ("PLANERAD", "2990000016")
        assert "Hemlig" not in str(vars(unit))
        assert session.get_one(RegisterCopy, 1).unit_count == len(UNITS) + 1


def test_a_file_takes_the_place_of_the_copy_without_its_persons(
    world: World, tmp_path: Path
) -> None:
    _empty(world)
    file = tmp_path / "register.csv"
    file.write_text(
        "\ufeffschool_unit_code;name;status;rektor;municipality_code\n"
        "10000001;Ekbackaskolan;aktiv;Rektor Hemlig;0180\n"
    )

    with world.database.write() as session:
        count = register_import.read_file(session, file, now=NOW)

    assert count == 1
    with world.database.read() as session:
        unit = session.get_one(RegisterUnit, "10000001")
        assert (unit.status, unit.municipality_code) == ("AKTIV", "0180")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kod;namn\n10000001;Ekbackaskolan\n",
        "school_unit_code;name;status\n123;Nollor borta;AKTIV\n",
        "school_unit_code;name;status\n10000001;Ekbackaskolan;ÖPPEN\n",
        "school_unit_code;name;status\n10000001;;AKTIV\n",
        "school_unit_code;name;status\n10000001;A;AKTIV\n10000001;B;AKTIV\n",
        'school_unit_code;name;status\n10000001;"A;AKTIV\n',
    ],
)
def test_a_file_that_is_no_register_leaves_the_copy_as_it_was(
    world: World, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(text)
    before = _names(world)

    with pytest.raises(RefusalError), world.database.write() as session:
        register_import.read_file(session, file, now=NOW)

    assert _names(world) == before


def test_an_official_code_that_begins_with_a_zero_raises_the_alarm(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="skolon-mock")
    _empty(world)
    register = Register()
    register.units["00000007"] = "Udda skola"

    _renew(world, register)

    (alarm,) = [record for record in caplog.records if "begin with a zero" in record.message]
    assert alarm.__dict__["facts"] == {"codes": ["00000007"]}
