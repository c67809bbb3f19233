"""Code cases as they are shown: the list by urgency, one of them, and its proposals."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session

from app.partner import cursors
from app.partner.code_cases import UnknownCodeCaseError
from app.partner.domain import code_cases as rules
from app.partner.domain.code_cases import Candidate, CaseStatus, Resolution
from app.partner.domain.identity import folded
from app.partner.domain.licensing import PROVIDER_STATUS, Standing
from app.partner.models import CodeCase, Implementer, Organization, RegisterUnit, School
from app.partner.schemas import (
    CodeCaseOut,
    CodeCasePage,
    OrganizationOut,
    ProposalOut,
    SchoolRef,
)


def page(
    session: Session,
    *,
    status: CaseStatus,
    implementer: str | None,
    today: date,
    limit: int,
    cursor: str | None,
) -> CodeCasePage:
    """List cases with the most urgent first, page by page."""
    query = _cases().where(CodeCase.status == status).order_by(CodeCase.due_on, CodeCase.id)
    if implementer:
        query = query.where(Implementer.email == implementer)
    if cursor:
        due, row_id = cursors.keys_of(cursor, 2)
        query = query.where(
            tuple_(CodeCase.due_on, CodeCase.id) > (cursors.day(due), cursors.row_id(row_id))
        )
    rows = session.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    return CodeCasePage(
        code_cases=[_out(today, *row) for row in shown],
        next_cursor=(
            cursors.cursor_of(shown[-1][0].due_on, shown[-1][0].id) if len(rows) > limit else None
        ),
    )


def read(session: Session, case_id: UUID, *, today: date) -> CodeCaseOut:
    """Return one code case."""
    row = session.execute(_cases().where(CodeCase.id == case_id)).one_or_none()
    if row is None:
        raise UnknownCodeCaseError
    return _out(today, *row)


def proposals(session: Session, case_id: UUID) -> list[ProposalOut]:
    """Propose official units for a case: the organization's own first (R10)."""
    row = session.execute(_cases().where(CodeCase.id == case_id)).one_or_none()
    if row is None:
        raise UnknownCodeCaseError
    case, school, organization, _ = row
    # Where the organization already has units is where it is at home.
    municipalities = set(
        session.scalars(
            select(RegisterUnit.municipality_code)
            .where(
                RegisterUnit.organization_number == organization.organization_number,
                RegisterUnit.municipality_code.is_not(None),
            )
            .distinct()
        )
    )
    first_word = folded(school.name).split(" ")[0]
    near = session.scalars(
        select(RegisterUnit).where(
            RegisterUnit.status.notin_(["UPPHORT", PROVIDER_STATUS]),
            or_(
                RegisterUnit.organization_number == organization.organization_number,
                RegisterUnit.municipality_code.in_(municipalities),
                RegisterUnit.name.istartswith(school.name.split(" ")[0], autoescape=True)
                if first_word
                else RegisterUnit.organization_number == organization.organization_number,
            ),
        )
    ).all()
    by_code = {unit.school_unit_code: unit for unit in near}
    ranked = rules.propose(
        school.name,
        is_administrative=case.unit_kind == "administrative",
        organization_number=organization.organization_number,
        municipality_codes={code for code in municipalities if code},
        candidates=[
            Candidate(
                unit.school_unit_code,
                unit.name,
                unit.status,
                unit.organization_number,
                unit.municipality_code,
                unit.unit_type,
            )
            for unit in near
        ],
    )
    return [
        ProposalOut(
            school_unit_code=proposal.candidate.school_unit_code,
            name=proposal.candidate.name,
            standing=proposal.standing,
            unit_type=proposal.candidate.unit_type,
            school_types=by_code[proposal.candidate.school_unit_code].school_types.split(),
            is_same_organization=proposal.is_same_organization,
            is_same_municipality=proposal.is_same_municipality,
            likeness=proposal.likeness,
        )
        for proposal in ranked
    ]


def _cases() -> Select[*tuple[Any, ...]]:
    return (
        select(CodeCase, School, Organization, Implementer.name)
        .join(School, School.id == CodeCase.school_id)
        .join(Organization, Organization.id == School.organization_id)
        .outerjoin(Implementer, Implementer.id == Organization.implementer_id)
    )


def _out(
    today: date, case: CodeCase, school: School, organization: Organization, implementer: str | None
) -> CodeCaseOut:
    is_open = case.status == CaseStatus.OPEN
    return CodeCaseOut(
        id=case.id,
        school=SchoolRef(name=school.name, skolon_id=school.skolon_id),
        organization=OrganizationOut(
            organization_number=organization.organization_number, name=organization.name
        ),
        implementer=implementer,
        unit_kind=case.unit_kind,
        standing=Standing(case.standing),
        sent_code=case.sent_code,
        status=CaseStatus(case.status),
        urgency=rules.urgency_on(case.due_on, today) if is_open else None,
        opened_at=case.opened_at,
        due_on=case.due_on,
        resolution=Resolution(case.resolution) if case.resolution else None,
        school_unit_code=case.school_unit_code,
        resolved_at=case.resolved_at,
        resolved_by=case.resolved_by,
    )
