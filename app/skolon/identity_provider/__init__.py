"""Skolon's identity provider: the login page, and codes and tokens for tools."""

from app.skolon.identity_provider import authorize, token

routers = [authorize.router, token.router]
