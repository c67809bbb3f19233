"""A whole invented nation in one world: the seed `national`, at any scale from a village up."""
