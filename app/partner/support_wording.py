"""What support does about each way in which a login can end."""

from app.partner.domain.placement import Outcome
from app.partner.wording import Wording

_NOTHING = Wording("Inget behöver göras: inloggningen lyckades.", "Nothing: the login succeeded.")
_CODE_CASE = Wording(
    "Öppna skolans kodärende och sätt en officiell eller fiktiv kod. Finns inget ärende, be "
    "huvudmannen om en översikt över enheter utan kod.",
    "Open the school's code case and set an official or a fictive code. If there is none, ask the "
    "organizer for an overview of units without a code.",
)
_LICENSE = Wording(
    "Se efter under licenser vad skolan har, och be huvudmannens administratör förnya eller "
    "tilldela licensen i Skolon.",
    "Look up the school among the licenses, and ask the organizer's administrator to renew or "
    "assign the license in Skolon.",
)
_EMAIL = Wording(
    "Be skolan lägga in en giltig e-postadress på personen i Skolon; den hämtas vid nästa "
    "inloggning.",
    "Ask the school to give the person a valid email address in Skolon; it is fetched at the next "
    "login.",
)
_AGAIN = Wording(
    "Be personen logga in på nytt, från början och i samma webbläsare.",
    "Ask the person to log in again, from the beginning and in the same browser.",
)
_WAIT = Wording(
    "Se efter om många inloggningar har slutat så, och fråga i så fall Skolon om driften. Be "
    "personen försöka igen senare.",
    "See whether many logins have ended like this, and if so ask Skolon how its service is. Ask "
    "the person to try again later.",
)

SUPPORT_STEPS = {
    Outcome.FIRST_LOGIN: _NOTHING,
    Outcome.OK: _NOTHING,
    Outcome.OK_WITHOUT_NAME: Wording(
        "Inget: inloggningen lyckades utan namn. Fråga inte efter namnet, det kan vara skyddat.",
        "Nothing: the login succeeded without a name. Do not ask for it, it may be protected.",
    ),
    Outcome.SCHOOL_MISSING: Wording(
        "Be skolan koppla personen till sin skola i Skolon.",
        "Ask the school to connect the person with it in Skolon.",
    ),
    Outcome.SCHOOL_CODE_MISSING: _CODE_CASE,
    Outcome.SCHOOL_CODE_UNKNOWN: _CODE_CASE,
    Outcome.SCHOOL_CODE_MALFORMED: _CODE_CASE,
    Outcome.SCHOOL_CLOSED: Wording(
        "Fråga huvudmannen vilken skola som har tagit över, och be att personen flyttas dit i "
        "Skolon.",
        "Ask the organizer which school has taken over, and that the person is moved there in "
        "Skolon.",
    ),
    Outcome.EMAIL_MISSING: _EMAIL,
    Outcome.EMAIL_MALFORMED: _EMAIL,
    Outcome.LICENSE_MISSING: _LICENSE,
    Outcome.LICENSE_EXPIRED: _LICENSE,
    Outcome.LICENSE_NOT_STARTED: Wording(
        "Säg vilken dag licensen börjar; det står i licensförfrågan.",
        "Tell on which day the license begins; the license request says so.",
    ),
    Outcome.LICENSE_POOL_EMPTY: Wording(
        "Be huvudmannens administratör utöka licenspoolen eller återta platser i Skolon.",
        "Ask the organizer's administrator to enlarge the license pool or take back seats in "
        "Skolon.",
    ),
    Outcome.ORGANIZATION_NOT_CONFIRMED: Wording(
        "Se vilka kontroller som är öppna i huvudmannens licensförfrågan, och be handläggaren "
        "bekräfta den.",
        "See which checks are open in the organizer's license request, and ask its implementer to "
        "confirm it.",
    ),
    Outcome.FOREIGN_STATE: _AGAIN,
    Outcome.CODE_MISSING: _AGAIN,
    Outcome.SKOLON_DENIED: _AGAIN,
    Outcome.SKOLON_CODE_REFUSED: _AGAIN,
    Outcome.SKOLON_UNREACHABLE: _WAIT,
    Outcome.SKOLON_SLOW: _WAIT,
    Outcome.SKOLON_BUSY: _WAIT,
    Outcome.SKOLON_ERROR: _WAIT,
    Outcome.SKOLON_GARBAGE: _WAIT,
}
