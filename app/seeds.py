"""What worlds are made from: the demo, filled over HTTP where a company would do so, or nothing."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
from sqlalchemy import MetaData
from starlette.types import Receive, Scope, Send

from app import licensed_world
from app.applications import register_application
from app.clock import Clock, system_clock
from app.database import Base, Database
from app.dependencies import Peer
from app.nation import apart
from app.partner import demo as partner_demo
from app.partner import register_refresh, register_renewal
from app.partner.domain.licensing import PROVIDER_STATUS
from app.partner.register_refresh import SCHOOL_TYPES
from app.partner.skolverket_client import RegisterReader
from app.sandboxes.api import Credentials
from app.sandboxes.migrations import MIGRATIONS
from app.sandboxes.stores import is_durable, store_of
from app.sandboxes.templates import Seed
from app.sandboxes.worlds import Sandboxes
from app.settings import Mode, Settings
from app.skolon import demo as skolon_demo

APP = Path(__file__).parent

# Seconds between calls to somebody else's register; known clients wait 0.1 to 1.
REGISTER_PAUSE = 0.2


def sandboxes_of(settings: Settings) -> Sandboxes:
    """Return the worlds in the store that the settings name."""
    return Sandboxes(
        store_of(settings),
        seeds={
            "demo": seed_demo(settings),
            "town": seed_town(settings),
            "licensed": seed_licensed(settings),
            "empty": seed_nothing,
        },
        fingerprint=_fingerprint(settings),
        durable=is_durable(settings),
        most=settings.most_sandboxes,
        growths={"national": apart.growth("town")},
    )


def credentials_of(settings: Settings) -> dict[str, Credentials]:
    """Return what programs show to the companies of a world, by the seed that sets it."""
    demo = Credentials(
        client_id=settings.skolon_client_id,
        client_secret=settings.skolon_client_secret.get_secret_value(),
        partner_api_keys={
            "internal tools": partner_demo.DEMO_API_KEY,
            "Skolon": settings.partner_api_key.get_secret_value(),
        },
    )
    return {"demo": demo, "licensed": demo, "national": demo, "town": demo}


def refresh_register(
    database: Database,
    settings: Settings,
    *,
    clock: Clock,
    only_changes: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Renew a world's copy of the register over HTTP, and return how many units it got."""
    register = register_application(settings)

    async def with_clock(scope: Scope, receive: Receive, send: Send) -> None:
        await register({**scope, "state": {"clock": clock}}, receive, send)

    def reader() -> RegisterReader:
        if settings.register_url:
            network = httpx.AsyncClient()
            return RegisterReader(
                Peer(network, settings.register_url.rstrip("/")), pause=REGISTER_PAUSE
            )
        here = httpx.AsyncClient(transport=httpx.ASGITransport(with_clock))
        return RegisterReader(Peer(here, "http://localhost"))

    renew = register_renewal.changes if only_changes else register_renewal.everything
    return renew(database, reader, clock=clock, progress=progress)


def copy_register(database: Database, *, now: datetime) -> None:
    """Give a world the copy that renewing it from our own register would, without its 1,400 calls.

    Those took most of a first start.
    """
    # As for the application: needed only when something is prepared.
    from app.skolverket import synthetic  # noqa: PLC0415

    register = synthetic.register()
    copied = [
        {
            "school_unit_code": provider.code,
            "name": provider.name,
            "status": PROVIDER_STATUS,
            "organization_number": None,
            "municipality_code": None,
            "unit_type": None,
            "school_types": "",
        }
        for provider in register.providers.values()
        if provider.code not in register.units
    ]
    for unit in register.units.values():
        taught, here = unit.teaching.school_types, unit.site.municipality
        copied.append(
            {
                "school_unit_code": unit.code,
                "name": unit.name,
                "status": unit.status,
                "organization_number": unit.organizer.organization_number,
                "municipality_code": here.code if here else None,
                "unit_type": unit.unit_type,
                "school_types": " ".join(each for each in SCHOOL_TYPES if each in taught),
            }
        )
    with database.write() as session:
        register_refresh.replace(session, copied, now=now)


def every_table() -> MetaData:
    """Return the tables of the companies and of the sandboxes; importing them declared these."""
    return Base.metadata


def first_seed(settings: Settings) -> str:
    """Return what the default world is made from."""
    return "demo" if settings.mode is Mode.SANDBOX else "empty"


def seed_demo(settings: Settings) -> Seed:
    """Return what fills a world with the demo's schools, personas and credentials."""

    def seed(database: Database) -> None:
        seed_town(settings)(database)
        with database.write() as session:
            skolon_demo.populate_trials(session, settings, now=system_clock())

    return seed


def seed_town(settings: Settings) -> Seed:
    """Return what fills a world with the demo but for those who try a program: no license yet."""

    def seed(database: Database) -> None:
        with database.write() as session:
            skolon_demo.populate(session, settings)
            partner_demo.populate(session, settings, now=system_clock())
        if settings.register_url:
            refresh_register(database, settings, clock=system_clock)
        else:
            copy_register(database, now=system_clock())

    return seed


def seed_licensed(settings: Settings) -> Seed:
    """Return what fills a world with the demo, and with licenses and requests of every kind."""

    def seed(database: Database) -> None:
        seed_demo(settings)(database)
        now = system_clock()
        with database.write() as session:
            skolon_demo.populate_licensed(session, settings, now=now)
        licensed_world.populate(database, settings, now=now)

    return seed


def seed_nothing(_database: Database) -> None:
    """Leave the world empty."""


def seed_sources() -> set[Path]:
    """Return the files that decide what a world is made from, however they are parted."""
    return {
        *MIGRATIONS.glob("versions/*.py"),
        *APP.glob("*/demo*.py"),
        *APP.glob("*/demo/**/*.py"),
        *APP.glob("skolverket/*.py"),
        APP / "licensed_world.py",
    }


def _fingerprint(settings: Settings) -> str:
    """Return a name for this version of the seeds: tables, demo and what they are made from."""
    digest = hashlib.sha256()
    for value in (
        settings.skolon_client_id,
        settings.skolon_client_secret.get_secret_value(),
        settings.partner_api_key.get_secret_value(),
        settings.partner_name,
        settings.register_url or "",
    ):
        digest.update(f"{value}\n".encode())
    for file in sorted(seed_sources()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
