"""Whether the process is alive, and whether it can serve."""

from anyio import move_on_after, to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import text

from app.database import Database
from app.dependencies import Database as TheDatabase
from app.errors import BusyError

# Shorter than those who watch a service usually wait.
READY_SECONDS = 1.5

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/live", name="health:live")
async def live() -> Health:
    """Answer as long as the process runs."""
    return Health(status="alive")


@router.get("/ready", name="health:ready")
async def ready(request: Request, database: TheDatabase) -> Health:
    """Answer when the database does; if it does not do so in time, with 503."""
    with move_on_after(READY_SECONDS) as waiting:
        # On a thread beside the others, which may all wait for the same.
        await to_thread.run_sync(
            _ask, database, abandon_on_cancel=True, limiter=request.app.state.asking_for_health
        )
    if waiting.cancelled_caught:
        raise BusyError
    return Health(status="ready")


def _ask(database: Database) -> None:
    with database.read() as session:
        session.execute(text("SELECT 1"))
