"""Who is logged in in this browser; a session that is used stays open."""

from fastapi import Request

from app import pages
from app.dependencies import Clock, Database
from app.partner import browser_sessions

SESSION_COOKIE = "partner_session"
CONSOLE_COOKIE = "console_session"


def note_visit(request: Request, database: Database, clock: Clock) -> None:
    """Note, once a minute at most, that this browser's sessions are used."""
    now = clock()
    tokens = [pages.cookie(request, name) for name in (SESSION_COOKIE, CONSOLE_COOKIE)]
    with database.read() as session:
        unnoted = [
            token
            for token in tokens
            if token and browser_sessions.is_unnoted(session, token, now=now)
        ]
    if unnoted:
        with database.write() as session:
            for token in unnoted:
                browser_sessions.note_use(session, token, now=now)
