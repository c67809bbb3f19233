"""Addresses in the register's words: coordinates are strings, and SWEREF has a decimal comma."""

from app.skolverket.codes import AddressType
from app.skolverket.records import Site
from app.skolverket.schemas import Address, GeoCoordinates
from app.skolverket.sweref import sweref99_tm


def visiting_address(site: Site, number: int) -> Address:
    """Return the address of a place; the number decides how its postal code is spelled."""
    return Address(
        type=AddressType.UTLANDSADRESS if site.country else AddressType.BESOKSADRESS,
        street_address=site.street,
        postal_code=postal_code(site, number),
        locality=site.locality,
        geo_coordinates=_coordinates(site),
        country=site.country,
        continent=site.continent,
    )


def postal_address(site: Site, number: int, care_of: str | None = None) -> Address:
    """Return a box near the place."""
    return Address(
        type=AddressType.UTLANDSADRESS if site.country else AddressType.POSTADRESS,
        care_of_address=care_of,
        street_address=f"Box {number % 1000}",
        postal_code=postal_code(site, number),
        locality=site.locality,
        country=site.country,
        continent=site.continent,
    )


def postal_code(site: Site, number: int) -> str:
    """Write 703 61 or 70361: the real register holds both."""
    code = site.postal_code
    return f"{code[:3]} {code[3:]}" if code and number % 2 == 0 else code


def _coordinates(site: Site) -> GeoCoordinates:
    if site.position is None:
        return GeoCoordinates()
    latitude, longitude = site.position
    northing, easting = sweref99_tm(latitude, longitude)
    return GeoCoordinates(
        coordinate_swe_ref_n=f"{northing:.3f}".replace(".", ","),
        coordinate_swe_ref_e=f"{easting:.3f}".replace(".", ","),
        latitude=f"{latitude:.6f}",
        longitude=f"{longitude:.6f}",
    )
