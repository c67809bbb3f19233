"""What holds for every route and for every table."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.applications import applications
from app.pages import same_origin
from app.partner.api.keys import key_in_header
from app.seeds import every_table, seed_sources
from app.settings import Company, Settings
from tests.conftest import World

ROOT = Path(__file__).parents[1]


def _routes(company: Company) -> list[RouteContext]:
    contexts = [
        context
        for context in iter_route_contexts(applications(Settings())[company].routes)
        if isinstance(context.original_route, APIRoute)
    ]
    assert contexts, f"{company} has no routes?"
    paths = {context.path for context in contexts}
    # The token address also answers with a slash at its end; such a twin is the same route.
    return [one for one in contexts if str(one.path).removesuffix("/") not in paths - {one.path}]


def _calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


@pytest.mark.parametrize("company", list(Company))
def test_every_route_is_named_after_its_company(company: Company) -> None:
    assert {str(route.name).split(":")[0] for route in _routes(company)} == {company.value}


def test_every_route_of_the_partners_api_wants_a_key() -> None:
    routes = [route for route in _routes(Company.PARTNER) if "/api/v1/" in str(route.path)]

    assert routes
    for route in routes:
        assert key_in_header in set(_calls(route.dependant)), route.path


def test_every_form_is_protected_from_other_sites() -> None:
    for company in (Company.PARTNER, Company.SKOLON):
        forms = [
            route
            for route in _routes(company)
            if "POST" in (route.methods or ()) and not route.include_in_schema
        ]
        assert forms
        for route in forms:
            assert same_origin in set(_calls(route.dependant)), route.path


def test_the_migrations_make_exactly_the_tables_of_the_models(world: World) -> None:
    with world.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, every_table())

    assert differences == []
    assert len(every_table().tables) > 20


def test_alembic_sees_every_table_also_when_nothing_else_has_been_imported() -> None:
    script = "from app.seeds import every_table; print(*every_table().tables)"
    alone = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert set(alone.stdout.split()) == set(every_table().tables)


@pytest.mark.parametrize("company", list(Company))
def test_the_committed_openapi_file_is_what_the_application_says(company: Company) -> None:
    committed = json.loads((ROOT / "openapi" / f"{company}.json").read_text())

    assert applications(Settings())[company].openapi() == committed, "run ./run openapi"


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()

    missing = [
        name for name in Settings.model_fields if f"`SKOLON_MOCK_{name.upper()}`" not in readme
    ]

    assert missing == []


def test_a_changed_demo_or_table_is_a_new_template() -> None:
    sources = {str(file.relative_to(ROOT)) for file in seed_sources()}
    parts = {
        str(Path(str(module.__file__)).relative_to(ROOT))
        for name, module in sys.modules.items()
        if name.startswith(("app.partner.demo", "app.skolon.demo"))
    }

    assert parts
    assert parts <= sources
    assert any(source.startswith("migrations/versions/") for source in sources)
