"""The whole configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from callcenter.config.access import Access, DeskSection
from callcenter.config.api import Api
from callcenter.config.asterisk import Asterisk, FastAgi, Node, Trunk
from callcenter.config.check_ins import CheckIns
from callcenter.config.console import Console
from callcenter.config.figures import Figures
from callcenter.config.process import Control, Logging, Watchdog, Web
from callcenter.config.records import Records
from callcenter.config.ringing import CallBack, Dispatch, Fallback, LadderSection, Offers, default_ladders
from callcenter.config.speech import Speech, VoiceSection
from callcenter.config.storage import Database, Imports, Journal, Photos, RedisSection
from callcenter.config.stories import DialogueSection, Hotline, OrdersSection
from callcenter.config.supervision import SupervisionSection
from callcenter.config.values import Section, Word
from callcenter.domain.ladder import CHECK_IN_LADDER, Ladder, RungKind


class Config(Section):
    """The whole configuration."""

    node: Node = Node()
    asterisk: Asterisk = Asterisk()
    fastagi: FastAgi = FastAgi()
    hotline: Hotline = Hotline()
    database: Database = Database()
    journal: Journal = Journal()
    imports: Imports = Imports()
    photos: Photos = Photos()
    redis: RedisSection = RedisSection()
    ladders: tuple[LadderSection, ...] = Field(default_factory=default_ladders)
    offers: Offers = Offers()
    call_back: CallBack = CallBack()
    dispatch: Dispatch = Dispatch()
    dispositions: dict[Annotated[str, Field(pattern=r"^[0-9]$")], Word] = Field(
        default_factory=lambda: {
            "1": "false_alarm",
            "2": "helped_by_phone",
            "3": "handed_to_contact",
            "4": "handed_to_120",
            "5": "visit_arranged",
            "6": "test_call",
            "9": "other",
        }
    )
    records: Records = Records()
    fallback: Fallback = Fallback()
    trunks: tuple[Trunk, ...] = ()
    voice: VoiceSection = VoiceSection()
    speech: Speech = Speech()
    dialogue: DialogueSection = DialogueSection()
    orders: OrdersSection = OrdersSection()
    check_ins: CheckIns = CheckIns()
    access: Access = Access()
    desk: DeskSection = DeskSection()
    supervision: SupervisionSection = SupervisionSection()
    api: Api = Api()
    console: Console = Console()
    figures: Figures = Figures()
    web: Web = Web()
    control: Control = Control()
    logging: Logging = Logging()
    watchdog: Watchdog = Watchdog()
    folder: Path = Field(default=Path("."), exclude=True)  #: set by `load`, not in the file

    @model_validator(mode="after")
    def _fits_together(self) -> Config:
        names = [ladder.name for ladder in self.ladders]
        for wanted in ("default", "service"):
            if wanted not in names:
                raise ValueError(f'ladders: one must be named "{wanted}"')
        if len(set(names)) != len(names):
            raise ValueError("ladders: names must differ")
        unknown = self.records.named_dispositions - {*self.dispositions.values()}
        if unknown:
            raise ValueError(f"records: not in dispositions: {', '.join(sorted(unknown))}")
        if self.console.demo and (self.trunks or self.dispatch.live):
            raise ValueError("console.demo: not with trunks or dispatch.live, whose telephones are real")
        daily = self.ladder(CHECK_IN_LADDER)
        missing = {RungKind.CONTACTS, RungKind.DISPATCH} - {rung.kind for rung in daily.rungs}
        if self.check_ins.enabled and missing:
            raise ValueError(
                f"ladders: {daily.name} must lead to contacts and dispatch, for who is silent in a check-in"
            )
        if self.watchdog.hung_after_seconds >= self.fastagi.lease_seconds:
            raise ValueError("watchdog.hung_after_seconds must be below fastagi.lease_seconds")
        return self

    def ladder(self, name: str) -> Ladder:
        """The named ladder, or `default` when an elder names one that is gone."""
        sections = {section.name: section for section in self.ladders}
        return (sections.get(name) or sections["default"]).ladder()

    def path(self, path: Path) -> Path:
        """A path of the configuration, absolute."""
        return path if path.is_absolute() else (self.folder / path).resolve()
