"""The journal of one world: which requests it was asked, what came of each, and why."""

from app.sandboxes.journal.exchanges import HttpExchange, Names, Naming, nobody
from app.sandboxes.journal.keeping import Journal, Journals
from app.sandboxes.journal.models import MOST_BYTES, MOST_ENTRIES, JournalEntry, JournalSettings
from app.sandboxes.journal.searching import Filters, JournalPage

__all__ = [
    "MOST_BYTES",
    "MOST_ENTRIES",
    "Filters",
    "HttpExchange",
    "Journal",
    "JournalEntry",
    "JournalPage",
    "JournalSettings",
    "Journals",
    "Names",
    "Naming",
    "nobody",
]
