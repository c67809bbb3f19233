"""What nobody can do at the real Skolon: turn its switches, register tools at once, send webhooks.

Only in sandboxes. Reading is open to whoever reaches the sandbox, secrets and changes are not.
"""

from fastapi import APIRouter, Depends

from app import pages
from app.skolon.workshop import minting, rosters, switches, tool_forms, tools, webhooks

router = APIRouter(
    prefix="/skolon",
    tags=["workshop"],
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin)],
)
router.include_router(switches.router)
router.include_router(minting.router)
router.include_router(tools.router)
router.include_router(tool_forms.router)
router.include_router(rosters.router)
router.include_router(webhooks.router)
