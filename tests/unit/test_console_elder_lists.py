"""Lists of elders in and out by the console: looked at first, applied by who uploaded it, bounded, noted."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from openpyxl import load_workbook

from callcenter.domain.access import UserRole
from callcenter.domain.looks import Seen
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House

ROWS = (
    "姓名,手机,小区,病史\n"
    "赵示例,13900006661,和平里,哮喘\n"
    "张示例,010-55550101,样板小区,糖尿病\n"
    "钱示例,120,和平里,\n"
    ",13900006663,和平里,\n"
)


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        for name in ("chief", "second"):
            await console.user(name, UserRole.SUPERVISOR)
        yield console


@pytest.fixture
async def chief(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("chief") as browser:
        yield browser


async def uploaded(console: ConsoleHouse, chief: Browser, content: bytes, name: str = "elders.csv") -> str:
    """The page of the job, when it has ended."""
    answer = await chief.uploads("/elders/lists/import", content, name, form_token=await chief.form_token())
    assert answer.status == 303, await answer.text()
    await console.house.background.settle()
    return answer.headers["Location"]


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200
    return await answer.text()


def files(console: ConsoleHouse) -> list[Path]:
    config = console.house.desk.config
    return list(config.path(config.imports.folder).iterdir())


async def test_a_list_is_looked_at_then_taken_in_once(console: ConsoleHouse, chief: Browser) -> None:
    profile = await console.house.elder(identity_number="")
    job = await uploaded(console, chief, ROWS.encode())
    page = await text(chief, job)
    assert "将新增1人，更新1人，未变0人，有误2行" in page
    assert "<del>高血压</del> → <ins>糖尿病</ins>" in page and "手机：是紧急号码" in page and "姓名：没有填" in page
    assert len(await console.house.do(lambda work: work.people.ids_after(None, 9))) == 1, "nothing is changed by a look"
    [kept] = files(console)
    assert kept.stat().st_mode & 0o777 == 0o600
    token = await chief.form_token()
    assert (await chief.post(job, form_token=token)).status == 303
    await console.house.background.settle()
    assert "新增1人，更新1人，未变0人，有误3处" in await text(chief, job)
    assert (await chief.post(job, form_token=token)).status == 303, "again does nothing"
    assert len(await console.house.do(lambda work: work.people.ids_after(None, 9))) == 2
    [act] = await console.house.do(lambda work: work.history.of(profile.elder.id, 5))
    assert act.by == "chief" and [change.field for change in act.changes] == ["illness"]
    assert files(console) == []


async def test_an_export_is_noted_written_and_read_again(console: ConsoleHouse, chief: Browser) -> None:
    await console.house.elder(identity_number="")
    token = await chief.form_token()
    assert (await chief.post("/elders/lists/export", form_token=token, why=" ")).status == 422
    answer = await chief.post("/elders/lists/export", form_token=token, why="民政局年检")
    await console.house.background.settle()
    page = await text(chief, answer.headers["Location"])
    assert "共1位老人" in page
    look = (await console.house.do(lambda work: work.looks.recent(5)))[0]
    assert (look.what, look.why, look.who) == (Seen.EXPORT, "民政局年检", "chief")
    sent = await chief.get(answer.headers["Location"] + "/file")
    content = await sent.read()
    assert "attachment" in sent.headers["Content-Disposition"] and sent.headers["X-Content-Type-Options"] == "nosniff"
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["姓名", "张示例"]
    assert "未变1人" in await text(chief, await uploaded(console, chief, content, "again.xlsx"))


async def test_a_job_belongs_to_who_began_it(console: ConsoleHouse, chief: Browser) -> None:
    job = await uploaded(console, chief, ROWS.encode())
    async with console.browser("second") as other:
        assert (await other.get(job)).status == 404
        assert (await other.post(job, form_token=await other.form_token())).status == 404
    assert (await chief.get(job + "/file")).status == 404, "an upload is never given out"
    assert (await chief.get("/elders/lists/nobodys")).status == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "cannot be read"),
        (b"PK\x03\x04" + b"rubbish" * 10, "no .xlsx workbook"),
        ("名,字\n1,2\n".encode(), "unknown headings"),
        ("手机\n13900001111\n".encode(), "no column"),
        (b"\xff\xfe\x00\x81\x30\x00", "cannot be read"),
    ],
)
async def test_what_is_no_list_is_answered(console: ConsoleHouse, chief: Browser, content: bytes, said: str) -> None:
    page = await text(chief, await uploaded(console, chief, content))
    assert "没有完成" in page and said in page
    assert "确认导入" not in page


async def test_too_large_empty_or_broken_uploads_are_refused_and_leave_nothing(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    limits = {"imports": {"file_mib": 1}, "access": {"upload_within_seconds": 0.5}}
    async with house_with(**limits) as house, with_console(house) as console:
        await console.user("chief", UserRole.SUPERVISOR)
        async with console.browser("chief") as chief:
            token = await chief.form_token()
            path = "/elders/lists/import"
            large = await chief.uploads(path, b"x" * (1024 * 1024 + 1), form_token=token)
            assert large.status == 422 and "文件太大" in await large.text()
            empty = await chief.uploads(path, b"", form_token=token)
            assert empty.status == 422 and "没有收到文件" in await empty.text()
            assert (await chief.uploads(path, b"x", form_token="wrong")).status == 403
            assert (await chief.uploads(path, b"x", form_token="x" * 5000)).status == 403
            assert (await chief.uploads(path, b"x", other="first", form_token=token)).status == 403
            headers = {"Origin": "http://desk.example", "Content-Type": "multipart/form-data; boundary=b"}
            for body in (b"", b"rubbish", b"--b\r\n", b"--b\r\n\r\n", b"--b\r\nContent-Disposition: form-data"):
                answer = await chief.client.post(path, data=body, headers=headers)
                assert answer.status == 403, body
            no_kind = await chief.client.post(path, data=b"x", headers={"Origin": "http://desk.example"})
            assert no_kind.status == 403

            async def slowly() -> AsyncIterator[bytes]:
                yield b"--b\r\n"
                await asyncio.sleep(30)

            answer = await chief.client.post(path, data=slowly(), headers=headers)
            assert answer.status == 403, "who says nothing more is not waited for"
            assert files(console) == []


async def test_another_site_cannot_upload(console: ConsoleHouse, chief: Browser) -> None:
    token = await chief.form_token()
    answer = await chief.client.post(
        "/elders/lists/import", data={"form_token": token}, headers={"Origin": "http://evil.example"}
    )
    assert answer.status == 403


async def test_one_list_at_a_time(console: ConsoleHouse, chief: Browser) -> None:
    token = await chief.form_token()
    many = "姓名,手机\n" + "".join(f"老{number},1390000{number:04d}\n" for number in range(300))
    first = await chief.uploads("/elders/lists/import", many.encode(), form_token=token)
    second = await chief.uploads("/elders/lists/import", ROWS.encode(), form_token=token)
    assert (first.status, second.status) == (303, 422)
    assert "另一份名单还在处理" in await second.text()
    waiting = await chief.get(first.headers["Location"])
    assert waiting.headers["Refresh"] == "2" and "正在检查" in await waiting.text()
    await console.house.background.settle()
    done = await chief.get(first.headers["Location"])
    assert "Refresh" not in done.headers and "将新增300人" in await done.text()


async def test_a_killed_process_leaves_no_list(house: House) -> None:
    folder = house.desk.config.path(house.desk.config.imports.folder)
    folder.mkdir(parents=True)
    (folder / "left.csv").write_text("姓名")
    async with with_console(house) as console:
        assert files(console) == []
