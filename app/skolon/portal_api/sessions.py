"""Sessions of programs: who an administrator is, without a browser."""

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.dependencies import Clock, Database
from app.skolon import logins
from app.skolon.logins import SESSION_LASTS, PortalUser
from app.skolon.models import School
from app.skolon.portal_api.access import A_PAGE, PortalToken, administrator_with
from app.skolon.schemas.portal import OwnSchool, SessionIn, SessionMade, SessionShown

router = APIRouter(prefix="/sessions")


@router.post("", name="skolon:begin_portal_session", status_code=201, openapi_extra=A_PAGE)
def begin_session(asked: SessionIn, database: Database, clock: Clock) -> SessionMade:
    """Log in as the administrator of that persona or id; the token goes along as bearer."""
    with database.write() as session:
        now = clock()
        token = logins.log_in(session, asked.persona, now=now)
        administrator = logins.portal_user(session, token, now=now)
        return SessionMade(
            token=token,
            expires_at=now + SESSION_LASTS,
            **dict(_shown(session, administrator)),
        )


@router.get("/current", name="skolon:portal_session", openapi_extra=A_PAGE)
def read_session(token: PortalToken, database: Database, clock: Clock) -> SessionShown:
    """Say who is logged in, and which schools they administer."""
    with database.read() as session:
        return _shown(session, administrator_with(session, token, clock))


@router.delete("/current", name="skolon:end_portal_session", status_code=204, openapi_extra=A_PAGE)
def end_session(token: PortalToken, database: Database, clock: Clock) -> Response:
    """Log out."""
    with database.write() as session:
        administrator_with(session, token, clock)
        logins.log_out(session, token)
    return Response(status_code=204)


def _shown(session: Session, administrator: PortalUser) -> SessionShown:
    schools = session.scalars(
        select(School).where(administrator.own_schools()).order_by(School.name)
    )
    return SessionShown(
        name=administrator.name,
        organization=administrator.organization.name,
        organization_number=administrator.organization.number,
        administers_organization=administrator.school_ids is None,
        schools=[OwnSchool(id=school.public_id, name=school.name) for school in schools],
    )
