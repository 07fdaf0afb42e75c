"""A report as tables in one language, each figure with its definition: for page, workbook and command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from callcenter.config.figures import Figures
from callcenter.console.language import Language
from callcenter.domain.answering import Target
from callcenter.domain.calls import Key
from callcenter.domain.check_ins import CheckInOutcome, CheckInState
from callcenter.domain.dial_hours import CHINA
from callcenter.domain.orders import ServiceItem
from callcenter.domain.periods import PeriodKind
from callcenter.domain.report import RUNG_BACK_SECONDS, SHORT_SECONDS, Case, Report, Spread, percent


@dataclass(frozen=True, kw_only=True)
class Share:
    """Of a hundred; None is no data."""

    percent: float | None


Cell = str | int | float | datetime | UUID | Share | None  #: None is no data; a float is seconds; a UUID an emergency
Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """As many cells in each row as headings."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """In which language, against which targets, and what agents are called."""

    language: Language
    figures: Figures
    names: Mapping[str, str]  #: by extension

    def shown(self, cell: Cell) -> str:
        """As it is read."""
        match cell:
            case None | Share(percent=None):
                return self.language.t("无数据")
            case Share(percent=float() as share):
                return f"{share:.1f}%"
            case float():
                return f"{cell:.1f}"
            case datetime():
                return self.language.moment(cell)
            case _:
                return str(cell)


def tables(report: Report, telling: Telling) -> list[Table]:
    """Those of a report, in order; of a day with a row for each emergency at the end."""
    t = telling.language.t
    return [
        _answering(report, telling),
        _whole(report, telling),
        _by(report, telling, t("按来源"), t("来源"), lambda case: telling.language.word(case.key)),
        _by(report, telling, t("按街道"), t("街道"), lambda case: case.street),
        _by(report, telling, t("按年龄"), t("年龄"), lambda case: case.age_class),
        _by(report, telling, t("按人群（问候方案）"), t("人群"), lambda case: case.group),
        _by(report, telling, t("按处置结果"), t("处置结果"), lambda case: _result(telling, case)),
        _by(report, telling, t("按坐席"), t("坐席"), lambda case: _agent(telling, case)),
        _counted(telling, t("平安问候"), t("结果"), report.check_ins, (CheckInOutcome, CheckInState)),
        _counted(telling, t("服务工单"), t("服务项目"), report.orders, (ServiceItem,)),
        *([_one_by_one(report, telling)] if report.period.kind is PeriodKind.DAY else []),
    ]


def titled(report: Report, language: Language) -> str:
    """What it is called, with its days, and the district if it is of one."""
    first, last = report.period.first, report.period.last
    days = f"{first}" if first == last else f"{first} – {last}"
    return " ".join(filter(None, (report.district, kinds(language)[report.period.kind], days)))


def kinds(language: Language) -> dict[PeriodKind, str]:
    """What each kind of report is called."""
    t = language.t
    return {PeriodKind.DAY: t("值班日报"), PeriodKind.WEEK: t("周报"), PeriodKind.MONTH: t("月报")}


def over_time(report: Report) -> list[tuple[str, int]]:
    """How many emergencies were opened in each hour of a day, or on each day of what is longer."""
    if report.period.kind is PeriodKind.DAY:
        hours = Counter(case.opened_at.astimezone(CHINA).hour for case in report.cases)
        return [(f"{hour}", hours[hour]) for hour in range(24)]
    return [(f"{facts.day.month}-{facts.day.day}", len(facts.cases)) for facts in report.days]


def _answering(report: Report, telling: Telling) -> Table:
    t, figures = telling.language.t, telling.figures
    targets: list[tuple[Key | None, Target]] = [(Key.RED, each.target()) for each in figures.red_key_targets]
    rows: list[Row] = []
    for key, target in [*targets, (None, figures.hotline_target.target())]:
        found = report.answered(target, key=key)
        goal = t("{seconds} 秒内 {percent}%", seconds=f"{target.within_seconds:g}", percent=f"{target.percent:g}")
        met = {True: t("达标"), False: t("未达标"), None: None}[found.met]
        shown = telling.language.word(key) if key else t("全部来电")
        rows.append((shown, goal, Share(percent=found.percent), f"{found.in_time} / {found.judged}", met))
    headings = (t("来源"), t("目标"), t("实际"), t("起数"), t("是否达标"))
    return Table(title=t("接听率"), headings=headings, rows=tuple(rows))


def _whole(report: Report, telling: Telling) -> Table:
    t = telling.language.t
    hung_up, closed = report.hung_up, report.closed
    rows: list[Row] = [
        (t("警情"), len(report.cases), t("本期第一次报警的警情；同一老人的多次报警并入同一起。")),
        (t("尚未结案"), len(report.cases) - len(closed), t("其中到出表时还没有处置结果的。")),
        *_spread(telling, t("接警用时"), report.waited, t("从本侧第一声振铃到第一次有人接警，秒。")),
        *_spread(
            telling, t("到120进入通话"), report.until_120, t("从第一声振铃到120进入同一通话，秒；只计叫了120的。")
        ),
        *_spread(telling, t("到结案"), report.lasted, t("从第一声振铃到结案，秒；只计已结案的。")),
        (t("无人接警前挂断"), len(hung_up), t("老人的第一个电话在有人接警前结束的警情；照计入接听率。")),
        (
            t("其中很短的"),
            len(report.hung_up_at_once),
            t("{seconds} 秒内挂断的，单独列出，不剔除。", seconds=f"{SHORT_SECONDS:g}"),
        ),
        (
            t("挂断后及时回拨"),
            Share(percent=percent(report.rung_back_in_time, len(hung_up))),
            t("无人接警前挂断的警情中，{seconds} 秒内开始回拨的比例。", seconds=f"{RUNG_BACK_SECONDS:g}"),
        ),
        (
            t("未叫120结案"),
            Share(percent=percent(report.closed_without_120, len(closed))),
            t("已结案的警情中，120没有进入过通话的比例。"),
        ),
        (
            t("平安问候有最终结果"),
            Share(percent=percent(report.check_ins_settled, report.check_ins.total())),
            t("应问候的人次中，到出表时已有最终结果的比例。"),
        ),
        (t("重复求助的老人"), report.elders_again, t("本期有两起或更多警情的老人人数。")),
    ]
    return Table(title=t("总览"), headings=(t("指标"), t("数值"), t("定义")), rows=tuple(rows))


def _spread(telling: Telling, name: str, found: Spread, definition: str) -> list[Row]:
    t = telling.language.t
    ranks = ((t("中位数"), found.p50), ("90%", found.p90), ("99%", found.p99))
    return [(f"{name} · {rank}", value, definition if not index else "") for index, (rank, value) in enumerate(ranks)]


def _by(report: Report, telling: Telling, title: str, heading: str, what: Callable[[Case], str]) -> Table:
    t = telling.language.t
    return Table(
        title=title,
        headings=(heading, t("警情"), t("占比"), t("接警用时中位数（秒）"), t("到结案中位数（秒）")),
        rows=tuple(
            (group.name or t("不详"), group.count, Share(percent=group.percent), group.waited.p50, group.lasted.p50)
            for group in report.by(what)
        ),
    )


def _counted(
    telling: Telling, title: str, heading: str, counts: Counter[str], words: tuple[type[StrEnum], ...]
) -> Table:
    t, whole = telling.language.t, counts.total()

    def shown(word: str) -> str:
        return next((telling.language.word(kind(word)) for kind in words if word in list(kind)), word)

    return Table(
        title=title,
        headings=(heading, t("件数"), t("占比")),
        rows=tuple((shown(word), count, Share(percent=percent(count, whole))) for word, count in counts.most_common()),
    )


def _one_by_one(report: Report, telling: Telling) -> Table:
    t, word = telling.language.t, telling.language.word
    headings = (
        t("报警时间"), t("来源"), t("街道"), t("接警用时（秒）"), t("坐席"), t("处置结果"), t("到结案（秒）"), t("编号")
    )  # fmt: skip
    return Table(
        title=t("逐起警情"),
        headings=headings,
        rows=tuple(
            (
                case.opened_at,
                word(case.key),
                case.street or t("不详"),
                case.after(case.first_claimed_at),
                _agent(telling, case),
                _result(telling, case),
                case.after(case.closed_at),
                case.id,
            )
            for case in report.cases
        ),
    )


def _result(telling: Telling, case: Case) -> str:
    return telling.language.disposition(case.disposition) if case.disposition else telling.language.t("尚未结案")


def _agent(telling: Telling, case: Case) -> str:
    return f"{case.agent} {telling.names.get(case.agent, '')}".strip()
