"""Whether the process is alive, and whether it can serve."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from app.dependencies import Database

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/live", name="health:live")
async def live() -> Health:
    """Answer as long as the process runs."""
    return Health(status="alive")


@router.get("/ready", name="health:ready")
def ready(database: Database) -> Health:
    """Answer when the database does."""
    with database.read() as session:
        session.execute(text("SELECT 1"))
    return Health(status="ready")
