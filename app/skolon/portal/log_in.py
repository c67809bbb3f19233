"""Logging in to the portal: who may, and as whom one works there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.skolon import logins, personas, pools
from app.skolon.browser import go, keep_session
from app.skolon.domain.errors import NotAdministratorError, NotLoggedInError
from app.skolon.logins import PortalUser
from app.skolon.schemas import Text

LOG_IN = "/portal/log-in"

router = APIRouter(prefix="/portal")


@router.get("/log-in", name="skolon:portal_log_in")
def choose_administrator(
    request: Request, database: Database, search: Annotated[Text, Query()] = ""
) -> Response:
    with database.read() as session:
        found, has_more = personas.administrators(session, search)
        return pages.page(
            request,
            "skolon/portal_log_in.html",
            personas=found,
            has_more=has_more,
            search=search,
        )


@router.post("/log-in", name="skolon:portal_logged_in")
def log_in(
    request: Request, persona: Annotated[Text, Form()], database: Database, clock: Clock
) -> Response:
    with database.write() as session:
        token = logins.log_in(session, persona, now=clock())
        logins.portal_user(session, token, now=clock())
    response = go(request, "/portal")
    keep_session(request, response, token)
    return response


@contextmanager
def administering(
    request: Request, database: Database, token: str, clock: Clock
) -> Iterator[tuple[Session, PortalUser]]:
    """Open a transaction that reads for an administrator; whoever is none is sent to log in."""
    with database.read() as session:
        try:
            administrator = logins.portal_user(session, token, now=clock())
        except (NotLoggedInError, NotAdministratorError) as error:
            there = {"Location": go(request, LOG_IN).headers["location"]}
            raise HTTPException(HTTPStatus.SEE_OTHER, headers=there) from error
        # The menu of every page says so.
        waiting = pools.people_waiting(session, administrator, swedish_date(clock()))
        yield session, replace(administrator, people_waiting=waiting)
