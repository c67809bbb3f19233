"""The first school morning of the whole country: measured costs, a simulation, and its check."""
