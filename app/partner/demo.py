"""The partner's side of the demo world: invented staff, a known caller, and old accounts."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.partner import account_import, imported_rows
from app.partner.api_keys import Scope, hashed
from app.partner.models import ApiKey, Implementer
from app.settings import Settings

DEMO_API_KEY = "skolonmock-demo-api-key-of-internal-tools"

# Maja is kept at her first login through Skolon, which has the same email (R14); Omar and Nils have
# another one there, so that they can merge (R15); nobody at Skolon is Vera.
OLD_ACCOUNTS = """\
email;first_name;last_name;organization_number;language;completed_lessons;created_on
maja.ek@exempelstad.example;Maja;Ek;;sv;Bråk|Procent|Vikt och volym;2024-08-19
omar@hemma.example;Omar;Holm (före Skolon);;sv;Bråk|Geometri;2025-01-13
nils@hemma.example;Nils;Berg (före Skolon);;en;Procent;2023-08-14
vera@kvar.example;Vera;Vik;;sv;Sannolikhet;2022-08-15
"""


def populate(session: Session, settings: Settings, *, now: datetime) -> None:
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
    listed = imported_rows.rows_of_csv(OLD_ACCOUNTS.encode())
    accounts = imported_rows.judged(listed, today=swedish_date(now))
    account_import.take_in(session, accounts, actor="support key internal tools", now=now)
