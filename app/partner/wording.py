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

_LOG_IN_AGAIN = Wording(
    "En inloggning från Skolon kan bara användas en gång och en kort stund. Logga in igen.",
    "A login from Skolon can be used once, for a short while. Log in again.",
)
_OUT_OF_THE_REGISTER = Wording(
    "Koden hör inte till en öppen skola i Skolverkets register. Kontakta oss.",
    "The code belongs to no open school in Skolverket's register. Contact us.",
)

# The heading and what to do, for each login that does not succeed.
REFUSED_LOGINS = {
    Outcome.SCHOOL_MISSING: (
        Wording(
            "Skolon säger inte vilken skola du hör till.",
            "Skolon does not say to which school you belong.",
        ),
        Wording(
            "Be skolans administratör lägga till dig på en skola i Skolon, eller kontakta oss.",
            "Ask your school's administrator to add you to a school in Skolon, or contact us.",
        ),
    ),
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
        _OUT_OF_THE_REGISTER,
    ),
    Outcome.SCHOOL_CODE_MALFORMED: (
        Wording(
            "Din skolas skolenhetskod i Skolon är felskriven.",
            "Your school's school unit code in Skolon is misspelled.",
        ),
        Wording(
            "En skolenhetskod har åtta siffror. Be skolan rätta den i Skolon, eller kontakta oss.",
            "A school unit code has eight digits. Ask the school to correct it, or contact us.",
        ),
    ),
    Outcome.SCHOOL_CLOSED: (
        Wording(
            "Din skola har upphört enligt Skolverkets register.",
            "Your school is closed according to Skolverket's register.",
        ),
        Wording(
            "Har skolan fått en ny skolenhetskod behöver den ändras i Skolon. Kontakta oss.",
            "If the school has a new school unit code, it must be changed in Skolon. Contact us.",
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
    Outcome.LICENSE_EXPIRED: (
        Wording("Din licens har gått ut.", "Your license has expired."),
        Wording(
            "Skolans administratör förnyar licenser i Skolon. Kontakta oss om du är osäker.",
            "Your school's administrator renews licenses in Skolon. Contact us if you are unsure.",
        ),
    ),
    Outcome.LICENSE_NOT_STARTED: (
        Wording(
            "Din skolas licens har inte börjat gälla än.",
            "Your school's license has not begun yet.",
        ),
        Wording(
            "Försök igen från och med startdatumet. Skolan och vi vet vilket det är.",
            "Try again from the start date on. The school and we know which it is.",
        ),
    ),
    Outcome.LICENSE_POOL_EMPTY: (
        Wording(
            "Det finns ingen ledig plats i licenspoolen.",
            "There is no free seat in the license pool.",
        ),
        Wording(
            "Skolans administratör kan frigöra en plats i Skolon. Du står på tur.",
            "Your school's administrator can free a seat in Skolon. You are in line for one.",
        ),
    ),
    Outcome.ORGANIZATION_NOT_CONFIRMED: (
        Wording(
            "Din huvudmans licensförfrågan är inte bekräftad än.",
            "Your organizer's license request is not confirmed yet.",
        ),
        Wording(
            "Vi går igenom avtal och uppgifter. Kontakta oss om det dröjer.",
            "We are going through agreements and details. Contact us if it takes long.",
        ),
    ),
    Outcome.FOREIGN_STATE: (
        Wording(
            "Inloggningen började inte i den här webbläsaren.",
            "This login did not begin in this browser.",
        ),
        Wording(
            "Den kan också ha tagit för lång tid. Logga in igen, och tillåt kakor.",
            "It may also have taken too long. Log in again, and allow cookies.",
        ),
    ),
    Outcome.CODE_MISSING: (
        Wording("Skolon skickade ingen kod.", "Skolon sent no code."),
        _LOG_IN_AGAIN,
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
        _LOG_IN_AGAIN,
    ),
    Outcome.SKOLON_UNREACHABLE: (
        Wording("Vi når inte Skolon just nu.", "We cannot reach Skolon just now."),
        _TRY_AGAIN,
    ),
    Outcome.SKOLON_SLOW: (
        Wording("Skolon svarar inte i tid.", "Skolon does not answer in time."),
        _TRY_AGAIN,
    ),
    Outcome.SKOLON_BUSY: (
        Wording("Skolon har för mycket att göra.", "Skolon is too busy."),
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
