"""What goes in and out of the identity provider."""

from pydantic import BaseModel, Field

from app.skolon.schemas import Text


class AuthorizeQuery(BaseModel):
    """What a tool asks the login page; other parameters are ignored (inferred)."""

    response_type: Text = Field("", description="`code`. Documented; seen in 4 clients.")
    client_id: Text = Field("", description="Documented; seen in 4 clients.")
    redirect_uri: Text = Field(
        "", description="Exactly as registered. Documented; seen in 4 clients, encoded or raw."
    )
    scope: Text = Field(
        "", description="Separated by spaces, or plus signs. Documented; seen in 4 clients."
    )
    state: str = Field("", description="Comes back unchanged. Inferred.")
    code_challenge: Text = Field(
        "", description="PKCE. Inferred from the library behind 1 client; the check is assumed."
    )
    code_challenge_method: Text = Field("", description="`S256`. Inferred, as code_challenge.")


class TokenForm(BaseModel):
    """What a tool asks the token endpoint, in a form; the client may use Basic instead."""

    grant_type: Text = Field(
        "",
        description="`authorization_code` (documented; seen in 4 clients), `client_credentials` "
        "(documented; seen in 4) or `refresh_token` (inferred).",
    )
    client_id: Text = Field("", description="Documented; seen in 5 clients, 3 of them use Basic.")
    client_secret: str = Field("", description="As client_id.")
    code: str = Field("", description="Documented; seen in 4 clients.")
    redirect_uri: str = Field(
        "",
        description="The one asked with before. Documented; seen in 4 clients, of which 1 wrote "
        "`none` to the older service.",
    )
    code_verifier: str = Field(
        "", description="PKCE. Inferred from the library behind 1 client; the check is assumed."
    )
    refresh_token: str = Field("", description="Inferred.")


class TokensOut(BaseModel):
    access_token: str = Field(
        description="Opaque. Seen in 5 clients; that it is 50 letters and digits is inferred."
    )
    token_type: str = Field("Bearer", description="Inferred.")
    expires_in: int = Field(description="Seconds, a number. Documented; seen in 3 clients.")
    refresh_token: str | None = Field(None, description="With a code only. Seen in 1 client.")


class OAuthErrorOut(BaseModel):
    error: str = Field(description="RFC 6749's words. Assumed; clients look at the status only.")
    error_description: str
