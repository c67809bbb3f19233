"""Skolon's portal for administrators: license requests, and licenses for schools."""

from fastapi import APIRouter, Depends

from app import pages
from app.skolon.portal import license_requests, licenses, log_in

router = APIRouter(include_in_schema=False, dependencies=[Depends(pages.same_origin)])
router.include_router(log_in.router)
router.include_router(license_requests.router)
router.include_router(licenses.router)
