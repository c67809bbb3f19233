"""Skolon on a laptop, with a real partner on the other side."""
