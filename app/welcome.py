"""The sheet that a newcomer needs: addresses, personas, credentials."""

from app.partner import demo as partner_demo
from app.settings import Mode, Settings
from app.skolon import demo as skolon_demo


def newcomers_sheet(settings: Settings, address: str) -> str:
    """Return what somebody who has just started it needs: addresses, personas, credentials."""
    lines = [f"skolon-mock is ready at {address}", ""]
    if settings.mode is Mode.SANDBOX:
        pages = {
            "Guided tour": "/tour",
            "Skolon's portal": "/portal",
            "Min samling": "/min-samling",
            "The partner": "/",
            "The partner's console": "/console",
            "Register of school units": "/skolenhetsregistret/v2/school-units",
            "OpenAPI": "/openapi/skolon.json, partner.json, skolverket.json",
        }
        lines += [f"  {name:<25} {address}{path}" for name, path in pages.items()]
        lines += ["", "Personas (no passwords; choose one where you log in):"]
        lines += [
            f"  {who.first_name + ' ' + who.last_name:<25} {who.description_en}"
            for who in skolon_demo.CHARACTERS
        ]
        lines.append(
            f"  {'...':<25} And {len(skolon_demo.TRIALS)} whose logins go wrong or are odd: the"
            " login page describes them."
        )
        lines += [
            "",
            "Credentials of this demo:",
            f"  {'Partner API key':<25} {partner_demo.DEMO_API_KEY}",
            f"  {'OAuth client_id':<25} {settings.skolon_client_id}",
            f"  {'OAuth client_secret':<25} {settings.skolon_client_secret.get_secret_value()}",
        ]
    return "\n".join([*lines, "", "Stop with Ctrl+C.", ""])
