"""What a browser sees while the service is away: that calls still ring, and that the page comes back by itself."""

from __future__ import annotations

from typing import Final

import structlog
from aiohttp import web

_PAGE: Final = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3">
<title>坐席台暂时不可用 · The desk is away</title>
<h1>坐席台暂时不可用</h1>
<p>正在自动恢复，本页每3秒重试一次。求助电话不受影响：已打开的坐席台页面和话机仍会振铃，请照常接听。</p>
<hr>
<h1 lang="en">The desk is away for a moment</h1>
<p lang="en">It is being restarted; this page tries again every 3 seconds. Calls for help are not affected: desks that
are open, and telephones, still ring. Please answer them as usual.</p>
</html>
"""

log = structlog.get_logger()


def away(request: web.Request, error: BaseException) -> web.Response:
    """503; a page for people, one sentence for programs."""
    log.warning("service_away", method=request.method, why=type(error).__name__)
    headers = {
        "Retry-After": "3",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=503, text=_PAGE, content_type="text/html", charset="utf-8", headers=headers)
    return web.json_response({"error": "service_away"}, status=503, headers=headers)
