"""The plot of a run, as SVG: each path as a share of what a bare endpoint does."""

from html import escape
from typing import Any

from tests.load.bench.targets import AT_ONCE, STORES, row

_WIDTH, _LEFT, _BAR, _ROW, _TOP = 860, 190, 400, 24, 84
_COLORS = {"sqlite": "#1d6fa5", "postgresql": "#b3541e"}

Results = dict[str, Any]


def svg(results: Results) -> str:
    """Return the plot: a bar a path and store, and a mark for the raw driver."""
    paths = list(dict.fromkeys(one["path"] for one in results["rows"] if one["path"] != "nothing"))
    stores = [store for store in STORES if any(one["store"] == store for one in results["rows"])]
    height = _TOP + len(paths) * (len(stores) * 16 + 12) + 14
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="24" font-size="15" font-weight="bold">{_title(results)}</text>',
        *_legend(stores),
        *_scale(height),
    ]
    y = _TOP
    for path in paths:
        middle = y + len(stores) * 8 + 4
        parts.append(f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end">{escape(path)}</text>')
        for store in stores:
            parts += _bar(results, path, store, y)
            y += 16
        y += 12
    return "\n".join([*parts, "</svg>", ""])


def _title(results: Results) -> str:
    people = results["worlds"]["large"]
    return (
        f"Answers a second beside a bare FastAPI endpoint: one process, {AT_ONCE} at once,"
        f" {people:,} people"
    )


def _legend(stores: list[str]) -> list[str]:
    parts, x = [], 16
    for store in stores:
        parts.append(f'<rect x="{x}" y="40" width="12" height="12" fill="{_COLORS[store]}"/>')
        parts.append(f'<text x="{x + 18}" y="51">{STORES[store]}</text>')
        x += 110
    parts.append(f'<path d="M{x} 38v16" stroke="#000" stroke-width="2"/>')
    parts.append(
        f'<text x="{x + 8}" y="51">the same statements through the driver alone, bare</text>'
    )
    return parts


def _scale(height: int) -> list[str]:
    parts = []
    for percent in range(0, 101, 20):
        x = _x(percent / 100)
        parts.append(f'<path d="M{x} {_TOP - 6}V{height - 10}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x}" y="{_TOP - 10}" fill="#555" text-anchor="middle">{percent} %</text>'
        )
    return parts


def _bar(results: Results, path: str, store: str, y: int) -> list[str]:
    found = row(results, path, store, "large")
    if found is None or found["ratios"].get("bare") is None:
        return []
    width = _x(found["ratios"]["bare"]) - _LEFT
    parts = [
        f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="13" fill="{_COLORS[store]}"/>',
    ]
    raw = row(results, path, store, "raw")
    end = width
    if raw is not None and raw["ratios"].get("bare") is not None:
        at = _x(raw["ratios"]["bare"])
        parts.append(f'<path d="M{at} {y - 2}v17" stroke="#000" stroke-width="2"/>')
        end = max(end, at - _LEFT)
    said = f"{found['per_second']:,.0f}/s, median {found['p50_ms']:,.1f} ms"
    parts.append(f'<text x="{_LEFT + end + 8:.1f}" y="{y + 11}" font-size="11">{said}</text>')
    return parts


def _x(share: float) -> float:
    return round(_LEFT + _BAR * min(share, 1.1), 1)
