"""The administrators' portal as JSON, under the same rules as its pages. All of it is assumed."""

from fastapi import APIRouter, Depends

from app import pages
from app.skolon.portal_api import (
    approvals,
    license_pools,
    license_requests,
    licenses,
    rosters,
    sessions,
)
from app.skolon.schemas.provenance import assumed

router = APIRouter(
    prefix="/portal/api",
    tags=["administrators' portal"],
    dependencies=[Depends(pages.same_origin)],
    responses={
        401: {"description": "No session, or one that has ended.", **assumed()},
        403: {"description": "Not theirs to administer.", **assumed()},
        404: {"description": "Not known in their organization.", **assumed()},
        409: {"description": "The state does not allow it.", **assumed()},
        # Without this, FastAPI would promise a body of its own.
        422: {"description": "Something in the call makes no sense.", **assumed()},
    },
)
router.include_router(sessions.router)
router.include_router(license_requests.router)
router.include_router(licenses.router)
router.include_router(approvals.router)
router.include_router(license_pools.router)
router.include_router(rosters.router)
