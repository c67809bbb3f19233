"""What a FastAPI endpoint costs that has no database: the measure for the others."""

import sys
from typing import Annotated
from uuid import UUID, uuid4

import uvicorn
from fastapi import FastAPI, Form

from app.skolon.schemas.oauth import TokensOut
from app.skolon.schemas.partner_api import Reference, SessionOut, UserOut, UserPage

app = FastAPI(openapi_url=None)

_NAME = "x" * 50
_ROWS = [
    {
        "public_id": _NAME,
        "id": uuid4(),
        "first_name": "Many",
        "last_name": f"Number {number}",
        "username": f"user{number}@example.example",
    }
    for number in range(1000)
]
_SCHOOL = uuid4()


@app.get("/users", response_model_exclude_unset=True)
def read_users() -> UserPage:
    """Answer a thousand users, each built anew from what a database would have given."""
    return UserPage(
        users=[
            UserOut(
                id=str(row["public_id"]),
                uuid=row["id"] if isinstance(row["id"], UUID) else UUID(int=0),
                is_deleted=False,
                user_type="STUDENT",
                username=str(row["username"]),
                email=str(row["username"]),
                first_name=str(row["first_name"]),
                last_name=str(row["last_name"]),
                language="sv",
                schools=[Reference(id=_NAME, uuid=_SCHOOL)],
                external_identifiers=[],
            )
            for row in _ROWS
        ],
        version_tag=1000,
        has_more=True,
        cursor="MTAwMC4w",
    )


@app.get("/session", response_model_exclude_unset=True)
def read_session() -> SessionOut:
    return SessionOut(
        user_id=_NAME,
        user_uuid=_SCHOOL,
        school_id=_NAME,
        school_uuid=_SCHOOL,
        authentication_method="SKOLON",
    )


@app.post("/token", response_model_exclude_none=True)
def give_token(grant_type: Annotated[str, Form()], client_id: Annotated[str, Form()]) -> TokensOut:
    """Answer as the token endpoint does, and remember nothing."""
    assert grant_type
    assert client_id
    return TokensOut(
        access_token=_NAME, token_type="Bearer", expires_in=3600, refresh_token=None, scope=None
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
