"""What goes in and out of the identity provider."""

from pydantic import BaseModel, Field

from app.skolon.schemas import Text
from app.skolon.schemas.provenance import assumed, documented, inferred, observed

_SENT_BY_A_LIBRARY = "The library behind 1 client sends it; that it is checked is assumed."


class AuthorizeQuery(BaseModel):
    """What a tool asks the login page; other parameters are ignored (inferred)."""

    response_type: Text = Field("", description="`code`.", json_schema_extra=documented(seen_in=4))
    client_id: Text = Field(
        "", description="Which tool asks.", json_schema_extra=documented(seen_in=4)
    )
    redirect_uri: Text = Field(
        "",
        description="Exactly as registered.",
        json_schema_extra=documented("2 clients send it unencoded.", seen_in=4),
    )
    scope: Text = Field(
        "",
        description="Separated by spaces, or plus signs.",
        json_schema_extra=documented("1 client sends plus signs.", seen_in=4),
    )
    state: str = Field(
        "",
        description="Comes back unchanged.",
        json_schema_extra=inferred("The library behind 1 client sends it and wants it back."),
    )
    code_challenge: Text = Field(
        "", description="PKCE.", json_schema_extra=inferred(_SENT_BY_A_LIBRARY)
    )
    code_challenge_method: Text = Field(
        "", description="`S256`.", json_schema_extra=inferred(_SENT_BY_A_LIBRARY)
    )


class TokenForm(BaseModel):
    """What a tool asks the token endpoint, in a form; the client may use Basic instead."""

    grant_type: Text = Field(
        "",
        description="`authorization_code`, `client_credentials` or `refresh_token`.",
        json_schema_extra=documented(
            "4 clients send each of the first two; `refresh_token` is inferred.", seen_in=5
        ),
    )
    client_id: Text = Field(
        "",
        description="Which tool asks; left out with Basic.",
        json_schema_extra=documented("3 clients use Basic with `client_credentials`.", seen_in=4),
    )
    client_secret: str = Field(
        "",
        description="The tool's secret; left out with Basic.",
        json_schema_extra=documented("3 clients use Basic with `client_credentials`.", seen_in=4),
    )
    code: str = Field(
        "",
        description="With `authorization_code`: what the browser came back with.",
        json_schema_extra=documented(seen_in=4),
    )
    redirect_uri: str = Field(
        "",
        description="With `authorization_code`: the one asked with before.",
        json_schema_extra=documented(
            "To the older service, 1 client wrote `none` instead.", seen_in=4
        ),
    )
    code_verifier: str = Field(
        "", description="PKCE.", json_schema_extra=inferred(_SENT_BY_A_LIBRARY)
    )
    refresh_token: str = Field(
        "",
        description="With `refresh_token`: the one from the answer before.",
        json_schema_extra=inferred("1 client keeps such a token, and none is seen using it."),
    )


class TokensOut(BaseModel):
    access_token: str = Field(
        description="Opaque.",
        json_schema_extra=observed(5, "That it is 50 letters and digits is inferred."),
    )
    token_type: str = Field(
        "Bearer",
        description="`Bearer`.",
        json_schema_extra=inferred("The libraries behind 1 client expect it."),
    )
    expires_in: int = Field(
        description="Seconds, a number.",
        json_schema_extra=documented("How many is assumed.", seen_in=3),
    )
    refresh_token: str | None = Field(
        None, description="With a code only.", json_schema_extra=observed(1)
    )
    scope: str | None = Field(
        None,
        description="What the token may get.",
        json_schema_extra=assumed("Optional in RFC 6749; a switch adds it."),
    )


class OAuthErrorOut(BaseModel):
    error: str = Field(
        description="One of RFC 6749's words.",
        json_schema_extra=assumed("Clients look at the status only."),
    )
    error_description: str = Field(
        description="For the developer of the tool.",
        json_schema_extra=assumed("Clients look at the status only."),
    )
