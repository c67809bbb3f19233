"""Skolon's identity provider: the login page, and codes and tokens for tools."""

from fastapi import APIRouter

from app.skolon.identity_provider import authorize, token

router = APIRouter(prefix="/oauth", tags=["identity provider"])
router.include_router(authorize.router)
router.include_router(token.router)
