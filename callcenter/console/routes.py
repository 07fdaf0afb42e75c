"""Every address of the console, who may go there, and what answers. Nothing else is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callcenter.console.api.asking import Operation
from callcenter.console.api.document import document_page
from callcenter.console.api.operations import DOCUMENT_PATH, OPERATIONS
from callcenter.console.house import Page
from callcenter.console.live.link import live
from callcenter.console.pages import (
    audits,
    check_ins,
    clients,
    demo,
    desk,
    desk_keys,
    elder_check_ins,
    elder_devices,
    elder_edit,
    elder_lists,
    elder_photo,
    elder_search,
    elders,
    emergencies,
    emergency_actions,
    emergency_list,
    icon,
    ladders,
    looks,
    prompts,
    recording,
    reports,
    roster,
    settings,
    sign_in,
    supervisor,
    users,
    visits,
    wallboard,
)
from callcenter.domain.access import Permission


@dataclass(frozen=True, kw_only=True)
class Route:
    method: str
    path: str
    permission: Permission
    page: Page | None
    live: bool = False  #: a WebSocket
    upload: bool = False  #: a form with a file
    streamed: bool = False  #: a form with a file that is too large for memory: the page takes `Visit.sent`
    operation: Operation | None = None  #: of the API; it sees to its own permission, and there is no page


def _get(path: str, permission: Permission, page: Page, *, live: bool = False) -> Route:
    return Route(method="GET", path=path, permission=permission, page=page, live=live)


def _post(path: str, permission: Permission, page: Page, *, upload: bool = False, streamed: bool = False) -> Route:
    return Route(method="POST", path=path, permission=permission, page=page, upload=upload, streamed=streamed)


def _operation(operation: Operation) -> Route:
    return Route(method="GET", path=operation.path, permission=Permission.CLIENT, page=None, operation=operation)


ROUTES: Final = (
    *map(_operation, OPERATIONS),
    _get(DOCUMENT_PATH, Permission.EVERYBODY, document_page),
    _get("/", Permission.SIGNED_IN, sign_in.first_page),
    _get("/icon.svg", Permission.EVERYBODY, icon.icon),
    _get("/login", Permission.EVERYBODY, sign_in.ask),
    _post("/login", Permission.EVERYBODY, sign_in.sign_in),
    _post("/logout", Permission.SIGNED_IN, sign_in.sign_out),
    _get("/password", Permission.SIGNED_IN, sign_in.ask_password),
    _post("/password", Permission.SIGNED_IN, sign_in.change_password),
    _get("/language/{code}", Permission.EVERYBODY, sign_in.change_language),
    _get("/desk", Permission.DESK, desk.desk),
    _get("/desk/keys", Permission.DESK, desk_keys.ask),
    _post("/desk/keys", Permission.DESK, desk_keys.choose),
    _get("/desk/live", Permission.DESK, live, live=True),
    _get("/emergencies", Permission.EMERGENCIES, emergency_list.listing),
    _get("/emergencies/{id}", Permission.EMERGENCIES, emergencies.one),
    _post("/emergencies/{id}", Permission.DESK, emergency_actions.close),
    _post("/emergencies/{id}/reopen", Permission.DESK, emergency_actions.reopen),
    _post("/emergencies/{id}/call-back", Permission.DESK, emergency_actions.call_back),
    _post("/emergencies/{id}/hand-over", Permission.DESK, emergency_actions.hand),
    _get("/emergencies/{id}/recordings/{call}", Permission.RECORDINGS, recording.recording),
    _get("/elders", Permission.ELDERS, elder_search.search),
    _get("/elders/new", Permission.ELDERS_EDIT, elder_edit.ask_new),
    _post("/elders/new", Permission.ELDERS_EDIT, elder_edit.add),
    _get("/elders/lists", Permission.ELDERS_ALL, elder_lists.ask),
    _post("/elders/lists/import", Permission.ELDERS_ALL, elder_lists.take_file, streamed=True),
    _post("/elders/lists/export", Permission.ELDERS_ALL, elder_lists.export),
    _get("/elders/lists/{token}", Permission.ELDERS_ALL, elder_lists.progress),
    _post("/elders/lists/{token}", Permission.ELDERS_ALL, elder_lists.apply),
    _get("/elders/lists/{token}/file", Permission.ELDERS_ALL, elder_lists.download),
    _get("/elders/{id}/edit", Permission.ELDERS_EDIT, elder_edit.ask),
    _post("/elders/{id}/edit", Permission.ELDERS_EDIT, elder_edit.save),
    _get("/elders/{id}/devices", Permission.ELDERS_EDIT, elder_devices.devices),
    _post("/elders/{id}/devices", Permission.ELDERS_EDIT, elder_devices.give),
    _post("/elders/{id}/devices/{device}", Permission.ELDERS_EDIT, elder_devices.take_back),
    _get("/elders/{id}/photo", Permission.ELDERS_WHOLE, elder_photo.photo),
    _post("/elders/{id}/photo", Permission.ELDERS_EDIT, elder_photo.take, upload=True),
    _get("/elders/{id}/photo/new", Permission.ELDERS_EDIT, elder_photo.ask),
    _post("/elders/{id}/photo/remove", Permission.ELDERS_EDIT, elder_photo.remove),
    _get("/elders/{id}", Permission.ELDERS, elders.card),
    _post("/elders/{id}", Permission.ELDERS_WHOLE, elders.whole_card),
    _get("/check-ins", Permission.CHECK_INS, check_ins.board),
    _get("/check-ins/elders/{id}", Permission.CHECK_INS, elder_check_ins.days),
    _post("/check-ins/elders/{id}/plan", Permission.CHECK_IN_PLANS, elder_check_ins.plan),
    _post("/check-ins/elders/{id}/leave", Permission.CHECK_INS_DO, elder_check_ins.leave),
    _post("/check-ins/elders/{id}/call", Permission.CHECK_INS_DO, check_ins.call),
    _post("/check-ins/plans/{id}", Permission.CHECK_IN_PLANS, check_ins.wish),
    _get("/visits", Permission.CHECK_INS, visits.listing),
    _get("/visits/rate", Permission.VISIT_RATE, visits.rate),
    _get("/visits/rate.xlsx", Permission.VISIT_RATE, visits.rate_as_xlsx),
    _post("/visits/{id}", Permission.CHECK_INS_DO, visits.step),
    _get("/wallboard", Permission.WALLBOARD, wallboard.wallboard),
    _get("/wallboard/figures", Permission.WALLBOARD, wallboard.figures),
    _get("/reports", Permission.REPORTS, reports.show),
    _get("/reports/xlsx", Permission.REPORTS, reports.workbook),
    _get("/supervisor", Permission.SUPERVISE, supervisor.supervisor),
    _post("/supervisor", Permission.SUPERVISE, supervisor.intervene),
    _get("/supervisor/agents", Permission.SUPERVISE, supervisor.agents),
    _get("/roster", Permission.SUPERVISE, roster.roster),
    _post("/roster", Permission.SUPERVISE, roster.change),
    _get("/ladders", Permission.SUPERVISE, ladders.ladders),
    _post("/ladders", Permission.SUPERVISE, ladders.change),
    _get("/audits", Permission.AUDIT, audits.month),
    _get("/audits/export", Permission.AUDIT, audits.export),
    _get("/audits/{id}", Permission.AUDIT, audits.form),
    _post("/audits/{id}", Permission.AUDIT, audits.judge),
    _get("/admin/users", Permission.ADMINISTER, users.users),
    _post("/admin/users", Permission.ADMINISTER, users.change),
    _get("/admin/prompts", Permission.ADMINISTER, prompts.prompts),
    _post("/admin/prompts", Permission.ADMINISTER, prompts.keep, upload=True),
    _get("/admin/prompts/{id}", Permission.ADMINISTER, prompts.sound),
    _get("/admin/clients", Permission.ADMINISTER, clients.clients),
    _post("/admin/clients", Permission.ADMINISTER, clients.change),
    _get("/admin/settings", Permission.ADMINISTER, settings.settings),
    _get("/demo", Permission.SIMULATE, demo.ask),
    _post("/demo", Permission.SIMULATE, demo.press),
    _get("/looks", Permission.LOOKS, looks.looks),
)
