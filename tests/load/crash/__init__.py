"""Clients that keep a ledger of what a server promised them, and a way to end it by force."""
