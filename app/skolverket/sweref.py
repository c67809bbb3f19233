"""SWEREF 99 TM, the grid of Swedish maps, from latitude and longitude.

It is Gauss-Krüger's projection of the ellipsoid GRS 80 with central meridian 15 degrees east, scale
0.9996 and a false easting of 500 kilometers (Lantmäteriet), computed with Krüger's series.
"""

from math import asinh, atan2, atanh, cos, cosh, hypot, radians, sin, sinh, sqrt, tan

_FLATTENING = 1 / 298.257222101
_N = _FLATTENING / (2 - _FLATTENING)
_ECCENTRICITY = sqrt(_FLATTENING * (2 - _FLATTENING))
_RADIUS = 6_378_137 / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_SERIES = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16,
    13 * _N**2 / 48 - 3 * _N**3 / 5,
    61 * _N**3 / 240,
)


def sweref99_tm(latitude: float, longitude: float) -> tuple[float, float]:
    """Return northing and easting in meters."""
    angle, from_meridian = radians(latitude), radians(longitude - 15)
    conformal = sinh(asinh(tan(angle)) - _ECCENTRICITY * atanh(_ECCENTRICITY * sin(angle)))
    north = atan2(conformal, cos(from_meridian))
    east = asinh(sin(from_meridian) / hypot(conformal, cos(from_meridian)))
    northing = north + sum(
        term * sin(2 * k * north) * cosh(2 * k * east) for k, term in enumerate(_SERIES, 1)
    )
    easting = east + sum(
        term * cos(2 * k * north) * sinh(2 * k * east) for k, term in enumerate(_SERIES, 1)
    )
    return 0.9996 * _RADIUS * northing, 500_000 + 0.9996 * _RADIUS * easting
