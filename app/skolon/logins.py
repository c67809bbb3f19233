"""Logging in to Skolon: sessions of browsers, and the codes that tools get for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, union_all, update
from sqlalchemy.orm import Session

from app import tracing
from app.skolon import switches
from app.skolon.domain import oauth
from app.skolon.domain.errors import (
    ForeignSchoolError,
    NotAdministratorError,
    NotLoggedInError,
    UnknownPersonaError,
)
from app.skolon.domain.rosters import Misfortune, Role
from app.skolon.models import (
    Administrator,
    AuthorizationCode,
    BrowserSession,
    Organization,
    Persona,
    RedirectUri,
    School,
    SchoolAdministrator,
    SchoolMembership,
    Tool,
    User,
)
from app.skolon.schemas.partner_api import SessionOut
from app.skolon.schemas.switches import Switches
from app.skolon.tokens import Caller

# A working day at school; a session that lasts longer is somebody else's by then.
SESSION_LASTS = timedelta(hours=12)
_FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever is logged in to Skolon in a browser."""

    session_id: UUID
    user_id: UUID
    name: str
    role: Role
    school_id: UUID | None
    misfortune: Misfortune | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A tool that asks for a login, what it registered, and how Skolon behaves today."""

    tool: Tool
    redirect_uris: Sequence[str]
    switches: Switches


@dataclass(frozen=True, slots=True)
class PortalUser:
    """An administrator at work in the portal."""

    user_id: UUID
    name: str
    organization: Organization
    switches: Switches
    # The schools that they administer; None is all of the organization.
    school_ids: frozenset[UUID] | None
    # At their schools, for a seat of a license pool; counted for pages alone.
    people_waiting: int = 0

    def own_schools(self) -> ColumnElement[bool]:
        """Say of a school whether it is theirs to administer."""
        of_organization = and_(
            School.organization_id == self.organization.id, School.deleted_at.is_(None)
        )
        if self.school_ids is None:
            return of_organization
        return and_(of_organization, School.id.in_(self.school_ids))

    @property
    def skolon_id(self) -> str:
        """What the portal calls the organization by, for people to read to each other."""
        by_number = self.switches.skolon_id == "organization_number"
        return self.organization.number if by_number else self.organization.short_code


def log_in(session: Session, persona: str, *, now: datetime) -> str:
    """Log in as the persona of that key, or the user of that id; return the session's token."""
    # One or the other by its index; an OR across the two tables would read everybody.
    named = union_all(
        select(Persona.user_id).where(Persona.key == persona),
        select(User.id).where(User.public_id == persona),
    )
    user = session.scalar(select(User).where(User.id.in_(named), User.deleted_at.is_(None)))
    if user is None:
        raise UnknownPersonaError
    _forget_some_expired(session, now)
    token = oauth.random_name()
    session.add(
        BrowserSession(
            token_hash=oauth.hashed(token), user_id=user.id, expires_at=now + SESSION_LASTS
        )
    )
    session.flush()
    return token


def _forget_some_expired(session: Session, now: datetime) -> None:
    # Not all at once, nor those that another login removes: nobody waits for yesterday's sessions.
    some = (
        select(BrowserSession.id)
        .where(BrowserSession.expires_at <= now)
        .limit(_FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(BrowserSession)
        .where(BrowserSession.id.in_(some))
        .execution_options(synchronize_session=False)
    )


def log_out(session: Session, token: str) -> None:
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == oauth.hashed(token)))


def visitor(session: Session, token: str, *, now: datetime) -> Visitor | None:
    """Return who is logged in; without a choice, they work at the first of their schools."""
    if not token:
        return None
    first_school = (
        select(SchoolMembership.school_id)
        .join(School, School.id == SchoolMembership.school_id)
        .where(SchoolMembership.user_id == User.id, School.deleted_at.is_(None))
        .order_by(SchoolMembership.position)
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        select(
            BrowserSession.id,
            BrowserSession.school_id,
            User,
            Persona.misfortune,
            first_school.label("first"),
        )
        .join(User, User.id == BrowserSession.user_id)
        .outerjoin(Persona, Persona.user_id == User.id)
        .where(
            BrowserSession.token_hash == oauth.hashed(token),
            BrowserSession.expires_at > now,
            User.deleted_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    name = f"{row.User.first_name} {row.User.last_name}"
    school_id = row.school_id or row.first
    return Visitor(row.id, row.User.id, name, row.User.role, school_id, row.misfortune)


def session_of(session: Session, caller: Caller) -> SessionOut:
    """Return who is behind a token, as tools are told."""
    user_id, school_id, positions = caller.user_id, caller.school_id, caller.switches
    if positions.session_school == "first":
        school_id = session.scalar(
            select(SchoolMembership.school_id)
            .join(School, School.id == SchoolMembership.school_id)
            .where(SchoolMembership.user_id == user_id, School.deleted_at.is_(None))
            .order_by(SchoolMembership.position)
            .limit(1)
        )
    user, school = session.execute(
        select(User, School).outerjoin(School, School.id == school_id).where(User.id == user_id)
    ).one()
    at_school: dict[str, Any] = (
        {"school_id": school.public_id, "school_uuid": school.id} if school else {}
    )
    return SessionOut(
        user_id=user.public_id,
        user_uuid=user.id,
        authentication_method=positions.authentication_method,
        **({} if positions.session_school == "absent" else at_school),
    )


def choose_school(session: Session, at: Visitor, school: str) -> None:
    """Work at another of one's schools; tools are told this one."""
    school_id = session.scalar(
        select(School.id)
        .join(SchoolMembership, SchoolMembership.school_id == School.id)
        .where(School.public_id == school, SchoolMembership.user_id == at.user_id)
    )
    if school_id is None:
        raise ForeignSchoolError
    session.execute(
        update(BrowserSession).where(BrowserSession.id == at.session_id).values(school_id=school_id)
    )


def portal_user(session: Session, token: str, *, now: datetime) -> PortalUser:
    """Return the administrator who is logged in, or refuse."""
    somebody = visitor(session, token, now=now)
    if somebody is None:
        raise NotLoggedInError
    return administrator(session, somebody.user_id, somebody.name)


def administrator(session: Session, user_id: UUID, name: str) -> PortalUser:
    """Return what this person administers, or refuse."""
    positions = switches.read(session)
    organization = session.scalar(
        select(Organization)
        .join(Administrator, Administrator.organization_id == Organization.id)
        .where(Administrator.user_id == user_id)
    )
    if organization is not None:
        return PortalUser(user_id, name, organization, positions, None)
    # Who administers schools works in the organization of the first of them.
    schools = session.scalars(
        select(School)
        .join(SchoolAdministrator, SchoolAdministrator.school_id == School.id)
        .where(SchoolAdministrator.user_id == user_id, School.deleted_at.is_(None))
        .order_by(School.change_number)
    ).all()
    if not schools:
        raise NotAdministratorError
    organization = session.get_one(Organization, schools[0].organization_id)
    own = frozenset(one.id for one in schools if one.organization_id == organization.id)
    return PortalUser(user_id, name, organization, positions, own)


def client_of(session: Session, client_id: str) -> Client | None:
    """Return the tool with this client id and the redirect URIs that it registered."""
    rows = session.execute(
        select(Tool, RedirectUri.uri, switches.column().label("positions"))
        .outerjoin(RedirectUri, RedirectUri.tool_id == Tool.id)
        .where(Tool.client_id == client_id)
    ).all()
    if not rows:
        return None
    uris = [row.uri for row in rows if row.uri]
    return Client(rows[0].Tool, uris, switches.parsed(rows[0].positions))


def issue_code(
    session: Session,
    client: Client,
    at: Visitor,
    asked: oauth.AuthorizationRequest,
    *,
    now: datetime,
) -> str:
    """Return a one-time code for whoever is logged in, and keep what it stands for."""
    code = oauth.random_name()
    allowed = client.tool.scopes.split()
    tracing.called_by(client.tool.id)
    tracing.note("skolon", "code.issued", lasts_seconds=client.switches.code_seconds)
    session.add(
        AuthorizationCode(
            code_hash=oauth.hashed(code),
            tool_id=client.tool.id,
            user_id=at.user_id,
            school_id=at.school_id,
            redirect_uri=asked.redirect_uri,
            # What is not known, or not the tool's to have, is left out without a word.
            scope=" ".join(scope for scope in asked.scope.split() if scope in allowed),
            code_challenge=asked.code_challenge or None,
            expires_at=now + timedelta(seconds=client.switches.code_seconds),
            trace_id=tracing.trace_id(),
        )
    )
    return code
