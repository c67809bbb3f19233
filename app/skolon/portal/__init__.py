"""Skolon's portal for administrators: license requests, and licenses for schools."""

from fastapi import APIRouter, Depends

from app import pages
from app.skolon.portal import (
    approvals,
    license_pools,
    license_requests,
    licenses,
    log_in,
    new_licenses,
    rosters,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(pages.same_origin)])
router.include_router(log_in.router)
router.include_router(license_requests.router)
router.include_router(licenses.router)
router.include_router(new_licenses.router)
router.include_router(approvals.router)
router.include_router(license_pools.router)
router.include_router(rosters.router)
