"""Logging in to Skolon: sessions of browsers, and the codes that tools get for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, select, union_all, update
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

# Put together once: to do so at each login takes longer than the database does.
# One or the other by its index; an OR across the two tables would read everybody.
_NAMED = select(User.id).where(
    User.id.in_(
        union_all(
            select(Persona.user_id).where(Persona.key == bindparam("name")),
            select(User.id).where(User.public_id == bindparam("name")),
        )
    ),
    User.deleted_at.is_(None),
)
# Not all at once, nor those that another login removes: nobody waits for yesterday's sessions.
_FORGET_SOME_EXPIRED = delete(BrowserSession).where(
    BrowserSession.id.in_(
        select(BrowserSession.id)
        .where(BrowserSession.expires_at <= bindparam("now"))
        .limit(_FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
)
_ADD_SESSION = insert(BrowserSession)
_ADD_CODE = insert(AuthorizationCode)
_SCHOOLS_IN_ORDER = (
    select(SchoolMembership.school_id)
    .join(School, School.id == SchoolMembership.school_id)
    .where(School.deleted_at.is_(None))
    .order_by(SchoolMembership.position)
    .limit(1)
)
_VISITOR = (
    select(
        BrowserSession.id,
        BrowserSession.school_id,
        User.id.label("user_id"),
        User.first_name,
        User.last_name,
        User.role,
        Persona.misfortune,
        _SCHOOLS_IN_ORDER.where(SchoolMembership.user_id == User.id)
        .scalar_subquery()
        .label("first_school_id"),
    )
    .join(User, User.id == BrowserSession.user_id)
    .outerjoin(Persona, Persona.user_id == User.id)
    .where(
        BrowserSession.token_hash == bindparam("token_hash"),
        BrowserSession.expires_at > bindparam("now"),
        User.deleted_at.is_(None),
    )
)
_FIRST_SCHOOL = _SCHOOLS_IN_ORDER.where(SchoolMembership.user_id == bindparam("user_id"))
_PERSON_AND_SCHOOL = (
    select(User.id, User.public_id, School.id.label("school_id"), School.public_id.label("school"))
    .outerjoin(School, School.id == bindparam("school_id"))
    .where(User.id == bindparam("user_id"))
)
_CLIENT = (
    select(Tool.id, Tool.name, Tool.scopes, RedirectUri.uri, switches.column().label("positions"))
    .outerjoin(RedirectUri, RedirectUri.tool_id == Tool.id)
    .where(Tool.client_id == bindparam("client_id"))
)


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

    tool_id: UUID
    name: str
    scopes: frozenset[str]
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
    connection = session.connection()
    user_id = connection.scalar(_NAMED, {"name": persona})
    if user_id is None:
        raise UnknownPersonaError
    connection.execute(_FORGET_SOME_EXPIRED, {"now": now})
    token = oauth.random_name()
    connection.execute(
        _ADD_SESSION,
        {
            "id": uuid4(),
            "token_hash": oauth.hashed(token),
            "user_id": user_id,
            "expires_at": now + SESSION_LASTS,
        },
    )
    return token


def log_out(session: Session, token: str) -> None:
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == oauth.hashed(token)))


def visitor(session: Session, token: str, *, now: datetime) -> Visitor | None:
    """Return who is logged in; without a choice, they work at the first of their schools."""
    if not token:
        return None
    row = (
        session.connection()
        .execute(_VISITOR, {"token_hash": oauth.hashed(token), "now": now})
        .one_or_none()
    )
    if row is None:
        return None
    name = f"{row.first_name} {row.last_name}"
    school_id = row.school_id or row.first_school_id
    return Visitor(row.id, row.user_id, name, row.role, school_id, row.misfortune)


def session_of(session: Session, caller: Caller) -> SessionOut:
    """Return who is behind a token, as tools are told."""
    user_id, school_id, positions = caller.user_id, caller.school_id, caller.switches
    connection = session.connection()
    if positions.session_school == "first":
        school_id = connection.scalar(_FIRST_SCHOOL, {"user_id": user_id})
    row = connection.execute(_PERSON_AND_SCHOOL, {"user_id": user_id, "school_id": school_id}).one()
    at_school: dict[str, Any] = (
        {"school_id": row.school, "school_uuid": row.school_id} if row.school_id else {}
    )
    return SessionOut(
        user_id=row.public_id,
        user_uuid=row.id,
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
    rows = session.connection().execute(_CLIENT, {"client_id": client_id}).all()
    if not rows:
        return None
    tool = rows[0]
    return Client(
        tool_id=tool.id,
        name=tool.name,
        scopes=frozenset(tool.scopes.split()),
        redirect_uris=[row.uri for row in rows if row.uri],
        switches=switches.parsed(tool.positions),
    )


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
    tracing.called_by(client.tool_id)
    tracing.note("skolon", "code.issued", lasts_seconds=client.switches.code_seconds)
    session.connection().execute(
        _ADD_CODE,
        {
            "id": uuid4(),
            "code_hash": oauth.hashed(code),
            "tool_id": client.tool_id,
            "user_id": at.user_id,
            "school_id": at.school_id,
            "redirect_uri": asked.redirect_uri,
            # What is not known, or not the tool's to have, is left out without a word.
            "scope": " ".join(scope for scope in asked.scope.split() if scope in client.scopes),
            "code_challenge": asked.code_challenge or None,
            "expires_at": now + timedelta(seconds=client.switches.code_seconds),
            "trace_id": tracing.trace_id(),
        },
    )
    return code
