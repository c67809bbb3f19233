"""What companies note, in the words of the pages: Swedish, and English beside it."""

from typing import NamedTuple


class Said(NamedTuple):
    sv: str
    en: str


KINDS = {
    "login": Said("Inloggning", "Login"),
    "license_request": Said("Licensförfrågan", "License request"),
}

COMPANIES = {
    "browser": Said("Webbläsaren", "The browser"),
    "program": Said("Ett program", "A program"),
    "skolon": Said("Skolon", "Skolon"),
    "partner": Said("Partnern", "The partner"),
    "skolverket": Said("Skolverkets register", "Skolverket's register"),
    "outside": Said("Någon utanför", "Somebody outside"),
}

WHAT = {
    "account.judged": Said("Kontot letades upp", "The account was looked for"),
    "cases.opened": Said(
        "Ärenden öppnades för enheter utan kod", "Cases were opened for units without a code"
    ),
    "check.passed": Said("En kontroll gicks igenom", "A check was passed"),
    "check.reopened": Said("En kontroll öppnades igen", "A check was opened again"),
    "classes.placed": Said(
        "Personen placerades i sina klasser", "The person was placed in their classes"
    ),
    "code.issued": Said("En engångskod lämnades ut", "A one-time code was issued"),
    "codes.judged": Said("Skolans koder bedömdes", "The school's codes were judged"),
    "email.judged": Said("E-postadressen bedömdes", "The email address was judged"),
    "license.judged": Said("Licensen bedömdes", "The license was judged"),
    "licenses.granted": Said(
        "Licenser delades ut till skolorna", "Licenses were granted to the schools"
    ),
    "login.asked": Said("Inloggningssidan visades", "The login page was shown"),
    "login.judged": Said("Inloggningen bedömdes", "The login was judged"),
    "login.known": Said("Personen är inloggad i Skolon", "The person is logged in to Skolon"),
    "login.sent_back": Said("Skickades tillbaka utan kod", "Sent back without a code"),
    "login.stopped": Said("Inloggningen stoppades", "The login was stopped"),
    "profile.fetched": Said("Profilen hämtades", "The profile was fetched"),
    "profile.not_fetched": Said("Profilen kunde inte hämtas", "The profile could not be fetched"),
    "request.answered": Said("Partnerns svar togs emot", "The partner's answer was received"),
    "request.asked": Said("Licensförfrågan skapades", "The license request was made"),
    "request.decided": Said("Ett beslut fattades", "A decision was made"),
    "request.delivered": Said(
        "Partnern kvitterade förfrågan", "The partner acknowledged the request"
    ),
    "request.not_delivered": Said("Förfrågan kom inte fram", "The request did not arrive"),
    "request.received": Said("Förfrågan togs emot", "The request was received"),
    "request.repeated": Said("Förfrågan hade kommit förut", "The request had come before"),
    "request.sent_again": Said("Förfrågan skickas igen", "The request is sent again"),
    "seat.judged": Said("Plats i licenspool", "Seat of a license pool"),
    "skolon.told": Said("Skolon underrättades", "Skolon was told"),
    "state.judged": Said("Webbläsarens state jämfördes", "The browser's state was compared"),
    "tokens.given": Said("Token lämnades ut", "Tokens were given"),
    "tokens.refused": Said("Token nekades", "Tokens were refused"),
    "units.judged": Said("Enheternas koder bedömdes", "The units' codes were judged"),
    "webhook.owed": Said("En webhook ska skickas", "A webhook is owed"),
}

FACTS = {
    "classes": Said("klasser", "classes"),
    "codes": Said("koder", "codes"),
    "is_own": Said("den egna", "its own"),
    "licenses": Said("licenser", "licenses"),
    "attempt": Said("försök", "attempt"),
    "check": Said("kontroll", "check"),
    "decision": Said("beslut", "decision"),
    "fictive": Said("fiktiva", "fictive"),
    "is_new": Said("ny", "new"),
    "is_news": Said("nyhet", "news"),
    "is_posted": Said("skickas", "posted"),
    "is_same": Said("likadan", "the same"),
    "kind": Said("slag", "kind"),
    "lasts_seconds": Said("gäller i sekunder", "lasts in seconds"),
    "malformed": Said("felskrivna", "malformed"),
    "missing": Said("saknas", "missing"),
    "number": Said("antal", "number"),
    "official": Said("officiella", "official"),
    "open_checks": Said("öppna kontroller", "open checks"),
    "outcome": Said("utfall", "outcome"),
    "role": Said("roll", "role"),
    "schools": Said("skolor", "schools"),
    "status": Said("status", "status"),
    "to": Said("till", "to"),
    "tools": Said("verktyg", "tools"),
    "units": Said("enheter", "units"),
    "unknown": Said("okända", "unknown"),
    "was": Said("var", "was"),
    "why": Said("skäl", "reason"),
}

VALUES = {
    True: Said("ja", "yes"),
    False: Said("nej", "no"),
    "access_denied": Said("nekad", "denied"),
    "email_malformed": Said("e-postadressen är felskriven", "the email address is malformed"),
    "email_missing": Said("e-postadress saknas", "there is no email address"),
    "foreign_state": Said("började inte i den här webbläsaren", "not begun in this browser"),
    "invalid_client": Said("fel klient eller hemlighet", "wrong client or secret"),
    "invalid_grant": Said("fel kod eller token", "wrong code or token"),
    "license_expired": Said("licensen har gått ut", "the license has expired"),
    "license_missing": Said("licens saknas", "there is no license"),
    "license_not_started": Said("licensen har inte börjat", "the license has not begun"),
    "license_pool_empty": Said("licenspoolen är tom", "the license pool is empty"),
    "ok_without_name": Said("inloggad", "logged in"),
    "organization_not_confirmed": Said(
        "partnern har inte bekräftat", "the partner has not confirmed"
    ),
    "purchase": Said("köp", "purchase"),
    "school_closed": Said("skolan är stängd", "the school is closed"),
    "school_code_malformed": Said("skolans kod är felskriven", "the school's code is malformed"),
    "school_code_missing": Said("skolan saknar kod", "the school has no code"),
    "school_code_unknown": Said("skolans kod är okänd", "the school's code is unknown"),
    "skolon_denied": Said("Skolon nekade", "Skolon denied it"),
    "skolon_pool_empty": Said("licenspoolen är tom", "the license pool is empty"),
    "transfer": Said("flytt", "transfer"),
    "trial": Said("prov", "trial"),
    "activate": Said("aktivera", "activate"),
    "activated": Said("aktiverad", "activated"),
    "claimed": Said("tagen", "claimed"),
    "confirm": Said("bekräfta", "confirm"),
    "confirmed": Said("bekräftad", "confirmed"),
    "decline": Said("avslå", "decline"),
    "delay": Said("skjuta upp", "delay"),
    "delivered": Said("framme", "delivered"),
    "failed": Said("misslyckades", "failed"),
    "no_session": Said("ingen är inloggad", "nobody is logged in"),
    "email_known": Said("e-postadressen var känd", "the email address was known"),
    "first_login": Said("första inloggningen", "the first login"),
    "identity_known": Said("Skolons id var känt", "Skolon's id was known"),
    "new": Said("ny", "new"),
    "ok": Said("inloggad", "logged in"),
    "usable": Said("duger", "usable"),
    "none_free": Said("ingen ledig", "none free"),
    "not_needed": Said("behövs inte", "not needed"),
    "official": Said("officiell", "official"),
    "received": Said("mottagen", "received"),
    "refused": Said("nekad", "refused"),
    "staff": Said("personal", "staff"),
    "student": Said("elev", "student"),
    "teacher": Said("lärare", "teacher"),
    "tool": Said("verktyget", "the tool"),
    "user": Said("användaren", "the user"),
}
