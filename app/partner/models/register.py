"""The copy of Skolverket's register."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class RegisterUnit(Base):
    """Skolverket's record of a school unit, without the persons that it names."""

    __tablename__ = "register_units"

    school_unit_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str]
    organization_number: Mapped[str | None] = mapped_column(index=True)
    municipality_code: Mapped[str | None] = mapped_column(index=True)
    unit_type: Mapped[str | None]
    school_types: Mapped[str] = mapped_column(default="")


class RegisterPage(Base):
    """An answer of the register that an unfinished refresh need not ask for again."""

    __tablename__ = "register_pages"

    step: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[str]
    fetched_at: Mapped[datetime]


class RegisterCopy(Base):
    """The state of the copy: when it was whole, and how large; one row."""

    __tablename__ = "register_copy"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    refreshed_at: Mapped[datetime]
    unit_count: Mapped[int]
