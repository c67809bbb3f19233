"""The partner's side of the demo world: invented staff, and the key of a known caller."""

from sqlalchemy.orm import Session

from app.partner.api_keys import Scope, hashed
from app.partner.models import ApiKey, Implementer
from app.settings import Settings

DEMO_API_KEY = "skolonmock-demo-api-key-of-internal-tools"


def populate(session: Session, settings: Settings) -> None:
    """Fill the partner's tables; there are no customers yet, they come with their requests."""
    session.add_all(
        [
            Implementer(name="Kim Lundqvist", email="kim.lundqvist@partner.example"),
            Implementer(name="Alva Strand", email="alva.strand@partner.example"),
            ApiKey(
                name="Skolon",
                key_hash=hashed(settings.partner_api_key.get_secret_value()),
                scopes=f"{Scope.REQUESTS_WRITE} {Scope.REQUESTS_READ}",
            ),
            ApiKey(name="internal tools", key_hash=hashed(DEMO_API_KEY), scopes=" ".join(Scope)),
        ]
    )
