"""Skolverket: a stand-in for the open register of school units, API v2, where all is invented."""
