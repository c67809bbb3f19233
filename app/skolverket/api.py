"""Skolverket's open register of school units, API v2: no key, GET only, and all of it invented."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from app.clock import STOCKHOLM
from app.dependencies import Clock
from app.skolverket import adult_education_answers, organizer_answers, unit_answers
from app.skolverket.adult_education_schemas import (
    ContractAnswer,
    ContractList,
    ProviderAnswer,
    ProviderList,
)
from app.skolverket.links import Links
from app.skolverket.organizer_schemas import OrganizerAnswer, OrganizerList
from app.skolverket.queries import ContractQuery, OrganizerQuery, ProviderQuery, UnitQuery
from app.skolverket.readings import Known, Look
from app.skolverket.schemas import (
    ApiInfo,
    Extract,
    Listing,
    Problem,
    Rows,
    SchoolUnitAnswer,
    SchoolUnitList,
)

router = APIRouter(
    prefix="/skolenhetsregistret/v2",
    tags=["Skolenhetsregistret"],
    responses={"4XX": {"model": Problem, "description": "400 for a filter, 404 for a key."}},
)
Row = TypeVar("Row", bound=BaseModel)


@router.get("/school-units", name="skolverket:list_school_units", response_model=SchoolUnitList)
def list_school_units(
    query: Annotated[UnitQuery, Query()], register: Known, clock: Clock
) -> Response:
    """List school units: three fields of each, and all that match in one answer."""
    # In a thread: all units together take 50 ms to write, a long time for an event loop.
    units = filter(query.matches, register.units_of(query.organization_number))
    return _written(SchoolUnitList, "schoolunit", map(unit_answers.row, units), clock())


@router.get("/school-units/{school_unit_code}", name="skolverket:read_school_unit")
async def read_school_unit(
    school_unit_code: str, register: Known, look: Look, links: Links
) -> SchoolUnitAnswer:
    """Return one school unit and, included, its organizer."""
    unit = look.known(register.units.get(school_unit_code))
    return unit_answers.answer(unit, look.day, look.meta(unit), links)


@router.get("/organizers", name="skolverket:list_organizers", response_model=OrganizerList)
async def list_organizers(
    query: Annotated[OrganizerQuery, Query()], register: Known, clock: Clock
) -> Response:
    """List organizers."""
    organizers = filter(query.matches, register.organizers.values())
    return _written(OrganizerList, "organizer", map(organizer_answers.row, organizers), clock())


@router.get("/organizers/{organization_number}", name="skolverket:read_organizer")
async def read_organizer(
    organization_number: str, register: Known, look: Look, links: Links
) -> OrganizerAnswer:
    """Return one organizer, with links to its school units and contracts."""
    organizer = look.known(register.organizers.get(organization_number))
    units = [unit for unit in register.units.values() if unit.organizer is organizer]
    contracts = [one for one in register.contracts.values() if one.organizer is organizer]
    return organizer_answers.answer(organizer, units, contracts, look.meta(organizer), links)


@router.get(
    "/education-providers",
    name="skolverket:list_education_providers",
    response_model=ProviderList,
)
async def list_education_providers(
    query: Annotated[ProviderQuery, Query()], register: Known, clock: Clock
) -> Response:
    """List those who teach adults on contract."""
    providers = filter(query.matches, register.providers.values())
    rows = map(adult_education_answers.provider_row, providers)
    return _written(ProviderList, "educationProvider", rows, clock())


@router.get(
    "/education-providers/{education_provider_code}", name="skolverket:read_education_provider"
)
async def read_education_provider(
    education_provider_code: str, register: Known, look: Look, links: Links
) -> ProviderAnswer:
    """Return one education provider, with links to its contracts."""
    provider = look.known(register.providers.get(education_provider_code))
    contracts = [one for one in register.contracts.values() if one.provider is provider]
    return adult_education_answers.provider_answer(provider, contracts, look.meta(provider), links)


@router.get("/contracts", name="skolverket:list_contracts", response_model=ContractList)
async def list_contracts(
    query: Annotated[ContractQuery, Query()], register: Known, clock: Clock
) -> Response:
    """List the contracts between organizers and education providers."""
    contracts = filter(query.matches, register.contracts.values())
    rows = map(adult_education_answers.contract_row, contracts)
    return _written(ContractList, "contract", rows, clock())


@router.get(
    "/contracts/{organization_number}/{education_provider_code}",
    name="skolverket:read_contract",
)
async def read_contract(
    organization_number: str,
    education_provider_code: str,
    register: Known,
    look: Look,
    links: Links,
) -> ContractAnswer:
    """Return one contract."""
    contract = look.known(register.contracts.get((organization_number, education_provider_code)))
    return adult_education_answers.contract_answer(contract, look.meta(contract), links)


@router.get("/api-info", name="skolverket:read_api_info")
async def read_api_info() -> ApiInfo:
    """Return the facts about the API, and that this one is a stand-in."""
    return ApiInfo(
        api_publisher="skolon-mock, inte Skolverket: alla uppgifter är påhittade",
        api_name="skolenhetsregistret",
        api_version="2.0",
        api_released=date(2024, 2, 14),
        api_documentation="https://api.skolverket.se/skolenhetsregistret/swagger-ui/index.html",
        api_status="beta",
    )


def _written(
    listing: type[Listing[Row]], kind: str, rows: Iterable[Row], now: datetime
) -> Response:
    """Return a list as text: ten thousand rows are slow to validate once more."""
    answer = listing(
        meta=Extract(extract_date=now.astimezone(STOCKHOLM)),
        data=Rows[Row].model_construct(type=kind, attributes=list(rows)),
    )
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
