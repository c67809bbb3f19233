"""Benchmarks, started by hand: ratios between variants that are measured side by side."""
