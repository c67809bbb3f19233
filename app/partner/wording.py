"""What the partner says to people, in Swedish and English."""

from typing import NamedTuple

from app.partner.domain.licensing import Standing
from app.partner.domain.placement import Outcome


class Wording(NamedTuple):
    """The same sentence in both languages."""

    sv: str
    en: str


REASONS = {
    Standing.OFFICIAL: Wording(
        "Skolenhetskoden finns i Skolverkets register.",
        "The school unit code is in Skolverket's register.",
    ),
    Standing.FICTIVE: Wording(
        "Enheten har en fiktiv kod som partnern har satt.",
        "The unit has a fictive code that the partner has set.",
    ),
    Standing.MISSING: Wording("Skolenhetskod saknas.", "There is no school unit code."),
    Standing.UNKNOWN: Wording(
        "Koden finns inte i Skolverkets register.", "The code is not in Skolverket's register."
    ),
    Standing.CLOSED: Wording(
        "Skolenheten har upphört enligt Skolverkets register.",
        "The school unit is closed according to Skolverket's register.",
    ),
    Standing.PLANNED: Wording(
        "Skolenheten är planerad men inte öppnad.", "The school unit is planned, not yet open."
    ),
    Standing.MALFORMED: Wording(
        "Koden är inte åtta siffror. Ett kalkylblad kan ha tagit bort inledande nollor.",
        "The code is not eight digits. A spreadsheet may have dropped leading zeros.",
    ),
    Standing.PROVIDER_CODE: Wording(
        "Koden är en utbildningsanordnares, inte en skolenhets.",
        "The code is an education provider's, not a school unit's.",
    ),
    Standing.OLD_CODE: Wording(
        "Nio siffror är den gamla skolkoden från tiden före 2014.",
        "Nine digits are the old school code from before 2014.",
    ),
}

_NOTHING_TO_DO = Wording("Inget behöver göras.", "Nothing needs to be done.")
_PARTNER_ARRANGES = Wording(
    "Partnern ordnar en kod, normalt inom 5 arbetsdagar. Innan dess kan ingen logga in.",
    "The partner arranges a code, normally within 5 working days. Until then nobody can log in.",
)
_CORRECT_IN_SKOLON = Wording(
    "Rätta koden i Skolon, eller låt partnern ordna en.",
    "Correct the code in Skolon, or let the partner arrange one.",
)

NEXT_STEPS = {
    Standing.OFFICIAL: _NOTHING_TO_DO,
    Standing.FICTIVE: _NOTHING_TO_DO,
    Standing.PLANNED: _NOTHING_TO_DO,
    Standing.MISSING: _PARTNER_ARRANGES,
    Standing.UNKNOWN: _CORRECT_IN_SKOLON,
    Standing.CLOSED: _CORRECT_IN_SKOLON,
    Standing.MALFORMED: _CORRECT_IN_SKOLON,
    Standing.OLD_CODE: _CORRECT_IN_SKOLON,
    Standing.PROVIDER_CODE: _CORRECT_IN_SKOLON,
}

_TRY_AGAIN = Wording(
    "Försök igen om en stund. Kontakta oss om det inte hjälper.",
    "Try again in a while. Contact us if that does not help.",
)

# The heading and what to do, for each login that does not succeed.
REFUSED_LOGINS = {
    Outcome.SCHOOL_CODE_MISSING: (
        Wording(
            "Din skola saknar skolenhetskod i Skolon.",
            "Your school has no school unit code in Skolon.",
        ),
        Wording(
            "Skolan behöver en skolenhetskod för att någon ska kunna logga in. Kontakta oss.",
            "The school needs a school unit code before anybody can log in. Contact us.",
        ),
    ),
    Outcome.SCHOOL_CODE_UNKNOWN: (
        Wording(
            "Din skolas skolenhetskod i Skolon gäller inte.",
            "Your school's school unit code in Skolon is not valid.",
        ),
        Wording(
            "Koden hör inte till en öppen skola i Skolverkets register. Kontakta oss.",
            "The code belongs to no open school in Skolverket's register. Contact us.",
        ),
    ),
    Outcome.EMAIL_MISSING: (
        Wording("Du saknar e-postadress i Skolon.", "You have no email address in Skolon."),
        Wording(
            "En e-postadress behövs för att logga in. Kontakta oss så hjälper vi dig.",
            "An email address is needed to log in. Contact us and we help you.",
        ),
    ),
    Outcome.EMAIL_MALFORMED: (
        Wording(
            "Din e-postadress i Skolon stämmer inte.",
            "Your email address in Skolon is not a valid one.",
        ),
        Wording(
            "Be skolan rätta adressen i Skolon, eller kontakta oss.",
            "Ask your school to correct the address in Skolon, or contact us.",
        ),
    ),
    Outcome.LICENSE_MISSING: (
        Wording("Du har ingen licens.", "You have no license."),
        Wording(
            "Skolans administratör tilldelar licenser i Skolon. Kontakta oss om du är osäker.",
            "Your school's administrator assigns licenses in Skolon. Contact us if you are unsure.",
        ),
    ),
    Outcome.SKOLON_DENIED: (
        Wording("Inloggningen avbröts i Skolon.", "The login was cancelled at Skolon."),
        Wording(
            "Börja om när du vill. Kontakta oss om det inte var du som avbröt.",
            "Start again when you like. Contact us if it was not you who cancelled.",
        ),
    ),
    Outcome.SKOLON_CODE_REFUSED: (
        Wording("Inloggningen gäller inte längre.", "This login is no longer valid."),
        Wording(
            "En inloggning från Skolon kan bara användas en gång och en kort stund. Logga in igen.",
            "A login from Skolon can be used once, for a short while. Log in again.",
        ),
    ),
    Outcome.SKOLON_UNREACHABLE: (
        Wording("Vi når inte Skolon just nu.", "We cannot reach Skolon just now."),
        _TRY_AGAIN,
    ),
    Outcome.SKOLON_SLOW: (
        Wording("Skolon svarar inte i tid.", "Skolon does not answer in time."),
        _TRY_AGAIN,
    ),
    Outcome.SKOLON_ERROR: (
        Wording("Skolon har tekniska problem.", "Skolon has technical trouble."),
        _TRY_AGAIN,
    ),
    Outcome.SKOLON_GARBAGE: (
        Wording("Vi förstår inte Skolons svar.", "We do not understand Skolon's answer."),
        _TRY_AGAIN,
    ),
}
