"""`config.yaml`, read once into frozen, typed sections. Every fault is listed with its path, all in one go.

Secrets never stand in the file: they come from a file named there or from the environment.
Relative paths are taken from the folder of the configuration file.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from callcenter.domain.emergency_numbers import dials_emergency_number
from callcenter.domain.ladder import Ladder, Rung, RungKind
from callcenter.domain.orders import ServiceItem
from callcenter.errors import ConfigurationFaulty


def _refuse_emergency_number(destination: str) -> str:
    if dials_emergency_number(destination):
        raise ValueError("would dial an emergency number, which only a route's live may (dispatch.routes)")
    return destination


Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Dial = Annotated[str, Field(pattern=r"^(PJSIP|Local)/[A-Za-z0-9_.@+-]+(/n)?$", max_length=80)]
HarmlessDial = Annotated[Dial, AfterValidator(_refuse_emergency_number)]
Number = Annotated[str, Field(pattern=r"^[0-9*#+]{1,20}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class _Listener(_Section):
    host: str = "127.0.0.1"
    port: Port
    named_networks: tuple[str, ...] = ()  #: networks that `host` may listen on beyond loopback

    @model_validator(mode="after")
    def _on_loopback_or_named(self) -> _Listener:
        address = ipaddress.ip_address(self.host)
        if address.is_loopback:
            return self
        if any(address in ipaddress.ip_network(network) for network in self.named_networks):
            return self
        raise ValueError(f"host {self.host} is neither loopback nor in named_networks")


class Node(_Section):
    name: Word = "node1"


class Ami(_Listener):
    port: Port = 5038
    user: Word = "hotline"
    secret_file: Path = Path("var/secrets/ami")
    reply_within_seconds: Seconds = 2.0
    ping_every_seconds: Seconds = 2.0
    reconnect_at_most_seconds: Seconds = 2.0


class Asterisk(_Section):
    managed: bool = True  #: `callcenter run` starts a private Asterisk and leaves it running when it ends
    prefix: Path = Path("var/asterisk")  #: the private prefix; "/" for the system's own
    run_folder: Path = Path("var/ast")  #: its etc, run, spool …; keep the path short (unix socket, 107 characters)
    recordings: Path = Path("var/recordings")
    sip_secret_file: Path = Path("var/secrets/sip")  #: SIP passwords are derived from it, per account
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    rtp_first_port: Port = 20000
    rtp_last_port: Port = 24999
    responder_rtp_timeout_seconds: Annotated[int, Field(ge=2, le=60)] = 3
    responder_rtp_timeout_hold_seconds: Annotated[int, Field(ge=2, le=600)] = 60  #: the same while the phone holds
    elder_rtp_timeout_seconds: Annotated[int, Field(ge=5, le=600)] = 30
    ami: Ami = Ami()


class FastAgi(_Listener):
    port: Port = 4573
    backlog: Annotated[int, Field(ge=1024, le=65535)] = 1024
    environment_within_seconds: Seconds = 5.0
    reply_within_seconds: Seconds = 3.0  #: Asterisk's answer to a command, beyond the time its sound or wait takes
    lease_seconds: Annotated[int, Field(ge=9, le=60)] = 10  #: TIMEOUT(absolute) each session holds (design rule 5)
    calls_at_most: Annotated[int, Field(ge=10, le=100_000)] = 5000


class Hotline(_Section):
    name: str = Field(default="平安热线", min_length=1, max_length=20)
    red_numbers: tuple[Number, ...] = ("120001",)
    green_numbers: tuple[Number, ...] = ("120002",)
    landline_numbers: tuple[Number, ...] = ("12349",)
    caller_number: Number = "12349"  #: shown when we ring somebody
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    area_code: str = Field(default="", pattern=r"^(0[0-9]{2,3})?$")  #: of local numbers sent without one
    ring_first_seconds: Annotated[float, Field(ge=0, le=0.5)] = 0.3
    join_within_seconds: Seconds = 86400.0

    @model_validator(mode="after")
    def _each_number_once(self) -> Hotline:
        numbers = [*self.red_numbers, *self.green_numbers, *self.landline_numbers]
        twice = {n for n in numbers if numbers.count(n) > 1}
        if twice:
            raise ValueError(f"red, green and landline numbers must differ; twice: {', '.join(sorted(twice))}")
        return self


class Database(_Section):
    url: str = "sqlite:///var/callcenter.db"
    password_file: Path | None = None  #: for PostgreSQL
    data_key_file: Path = Path("var/secrets/data-key")
    group_commit_ms: Annotated[float, Field(ge=0, le=5)] = 2.0
    answer_within_seconds: Annotated[float, Field(gt=0, le=5)] = 0.8  #: then it counts as away
    retry_every_seconds: Seconds = 1.0
    arrive_within_seconds: Seconds = 60.0  #: migrations at start, or a replay; then it counts as away still
    pool_size: Annotated[int, Field(ge=1, le=64)] = 4

    @field_validator("url")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        if re.search(r"://[^/@]*:[^/@]+@", value):
            raise ValueError("holds a password; use password_file")
        return value


class Journal(_Section):
    path: Path = Path("var/journal")
    size_mib: Annotated[int, Field(ge=1, le=4096)] = 16
    hot_cache: Path = Path("var/hot_cache.db")
    refresh_seconds: Seconds = 30.0


class Imports(_Section):
    """How large a file of elders may be."""

    file_mib: Annotated[int, Field(ge=1, le=1024)] = 64
    unpacked_mib: Annotated[int, Field(ge=1, le=8192)] = 512  #: of an .xlsx, which is a packed file
    rows: Annotated[int, Field(ge=1, le=1_048_575)] = 600_000
    cell_characters: Annotated[int, Field(ge=100, le=32_767)] = 2000


class RedisSection(_Section):
    url: str = Field(default="", pattern=r"^(rediss?://[^:@]*|unix:///.*)?$|^rediss?://[^@]*$")
    password_file: Path | None = None
    answer_within_seconds: Seconds = 0.5
    presence_ttl_seconds: Seconds = 30.0


class RungSection(_Section):
    kind: RungKind
    wait_seconds: Seconds
    agents: Annotated[int, Field(ge=1, le=50)] = 1


class LadderSection(_Section):
    name: Word
    rungs: tuple[RungSection, ...] = Field(min_length=1)

    def ladder(self) -> Ladder:
        return Ladder(
            name=self.name,
            rungs=tuple(Rung(kind=r.kind, wait_seconds=r.wait_seconds, agents=r.agents) for r in self.rungs),
        )


class StandbyPhone(_Section):
    name: Word
    destination: HarmlessDial


class Offers(_Section):
    agent_ring_seconds: Seconds = 45.0
    standby_ring_seconds: Seconds = 30.0
    contact_ring_seconds: Seconds = 30.0
    answer_question_seconds: Seconds = 6.0  #: after the question, for the key
    sound_within_seconds: Annotated[float, Field(gt=0, le=1)] = 0.4  #: a leg waits so long for a spoken name
    question_times: Annotated[int, Field(ge=1, le=5)] = 2
    review_seconds: Seconds = 30.0  #: how often somebody looks whether the responder is still there
    same_agent_again_seconds: Seconds = 10.0  #: before a phone that failed rings again for the same elder
    nobody_again_seconds: Seconds = 5.0  #: before the next round when the last found nobody, or ended in a failure
    failed_again_seconds: Seconds = 1.0  #: when every leg of a rung failed before its time was up
    wrap_up_seconds: Annotated[float, Field(ge=0, le=3600)] = 20.0
    silent_after_seconds: Seconds = 6.0  #: no sound from the elder for so long: the agent is told
    standby: tuple[StandbyPhone, ...] = ()
    contact_destination: str = Field(
        default="PJSIP/{number}@trunk", pattern=r"^PJSIP/[A-Za-z0-9_.@+-]*\{number\}[A-Za-z0-9_.@+-]*$"
    )


class CallBack(_Section):
    ring_seconds: Seconds = 25.0
    busy_again_seconds: Seconds = 2.0
    unreachable_again_seconds: Seconds = 2.0
    no_answer_again_seconds: Seconds = 5.0
    tries: Annotated[int, Field(ge=1, le=1000)] = 60
    pager_destination: str = "PJSIP/{account}"
    line_destination: str = "PJSIP/{number}@trunk"


class DispatchRoute(_Section):
    name: Word
    number: Number = "120"
    live: Dial  #: what rings with dispatch.live: true
    simulated: HarmlessDial  #: what rings instead otherwise


class Dispatch(_Section):
    live: bool = False
    sheet_times: Annotated[int, Field(ge=1, le=5)] = 2
    ring_seconds: Seconds = 30.0
    routes: tuple[DispatchRoute, ...] = ()

    @model_validator(mode="after")
    def _simulated_is_not_live(self) -> Dispatch:
        for route in self.routes:
            if route.simulated == route.live:
                raise ValueError(f"route {route.name}: simulated must differ from live")
        return self

    def destination(self, route: DispatchRoute) -> str:
        """What rings: the real 120 only with `live: true` (design rule 7)."""
        return route.live if self.live else route.simulated

    def may_ring(self, destination: str) -> bool:
        """Whether this dial string may be rung at all: no emergency number but a route's own, and that only live."""
        if not dials_emergency_number(destination):
            return True
        return self.live and any(route.live == destination for route in self.routes)


class Fallback(_Section):
    """Who is rung by the dialplan alone while the service is away."""

    agents: tuple[HarmlessDial, ...] = ()  #: own agents' phones; empty: every agent's
    round_seconds: Annotated[int, Field(ge=5, le=60)] = 8
    standby_from_round: Annotated[int, Field(ge=1, le=100)] = 2
    last_resort_from_round: Annotated[int, Field(ge=1, le=100)] = 5


class VoiceSection(_Section):
    language: str = "cmn"
    words_per_minute: Annotated[int, Field(ge=80, le=300)] = 150  #: to elders, contacts and 120
    slow_words_per_minute: Annotated[int, Field(ge=80, le=300)] = 125  #: when something is said again
    agent_words_per_minute: Annotated[int, Field(ge=80, le=300)] = 180
    prompts: Path = Path("prompts/prompts.yaml")
    recorded: Path = Path("prompts/recorded")
    sounds: Path = Path("var/sounds")
    render_within_seconds: Seconds = 8.0
    forget_sheets_after_seconds: Annotated[float, Field(ge=60, le=31_536_000)] = 86400.0


class AudioListener(_Listener):
    port: Port = 9092


class ControlListener(_Listener):
    port: Port = 9093


class EarsWorker(_Section):
    """One process that listens: where Asterisk sends it sound, and where the service talks with it."""

    name: Word = "local"
    managed: bool = True  #: `callcenter run` starts and watches it; False: somebody else does, perhaps elsewhere
    audio: AudioListener = AudioListener()
    control: ControlListener = ControlListener()


class Speech(_Section):
    """Ears. Limits hold for each worker."""

    enabled: bool = True
    model: Path = Path("var/speech/model")  #: a folder in Vosk's format; without one: keys only
    workers: tuple[EarsWorker, ...] = (EarsWorker(),)
    streams_at_most: Annotated[int, Field(ge=1, le=1000)] = 20  #: listened to at once; more are told "full"
    decoding_threads: Annotated[int, Field(ge=1, le=64)] = 2
    reply_within_seconds: Seconds = 0.5  #: a worker's answer to the service; later it counts as away
    reconnect_every_seconds: Seconds = 1.0  #: to a worker that is away
    look_for_model_every_seconds: Seconds = 5.0  #: where there is none yet; then its managed workers start
    start_within_seconds: Seconds = 30.0  #: a managed worker that does not answer by then is started again
    stop_within_seconds: Seconds = 3.0  #: a managed worker's orderly end; then it is killed
    beat_seconds: Seconds = 0.5
    beat_lost_after_seconds: Seconds = 2.0  #: a service that has not beaten for so long is gone: its sockets are ended
    connect_within_seconds: Seconds = 3.0  #: from what is expected to Asterisk's connection
    uuid_within_seconds: Seconds = 2.0  #: from a connection to its uuid
    end_of_speech_silence_seconds: Annotated[float, Field(ge=0.2, le=5)] = 0.8
    longest_speech_seconds: Annotated[float, Field(ge=1, le=60)] = 10.0  #: then an answer is taken as it is
    question_at_most_seconds: Seconds = 120.0  #: with its prompts
    transcript: bool = False  #: write down what an elder says after a red key; her consent is the hotline's to have
    transcript_again_seconds: Seconds = 2.0  #: before a call is listened to again whose listening was cut off
    transcript_at_most_seconds: Seconds = 7200.0
    refuse_above_lag_seconds: Seconds = 0.5  #: sound that waits to be decoded: nothing new is listened to
    shed_transcripts_above_lag_seconds: Seconds = 1.0
    shed_questions_above_lag_seconds: Seconds = 2.0

    @model_validator(mode="after")
    def _fits_together(self) -> Speech:
        names = [worker.name for worker in self.workers]
        if len(set(names)) != len(names):
            raise ValueError("workers: names must differ")
        ends = [(end.host, end.port) for worker in self.workers for end in (worker.audio, worker.control)]
        if len(set(ends)) != len(ends):
            raise ValueError("workers: each needs addresses of its own")
        if self.beat_lost_after_seconds < 2 * self.beat_seconds:
            raise ValueError("beat_lost_after_seconds must be twice beat_seconds or more")
        lags = (
            self.refuse_above_lag_seconds,
            self.shed_transcripts_above_lag_seconds,
            self.shed_questions_above_lag_seconds,
        )
        if sorted(lags) != list(lags):
            raise ValueError("lag: new ones are refused first, then transcripts go, then questions")
        return self


class Trunk(_Section):
    name: Word
    host: str = Field(min_length=1, max_length=200)
    port: Port = 5060
    match: tuple[str, ...] = ()  #: source addresses of the carrier
    user: str = Field(default="", pattern=r"^[A-Za-z0-9_.+-]{0,64}$")  #: empty: the carrier knows us by our address
    password_file: Path | None = None
    registers: bool = False  #: the carrier sends calls to where we have registered

    @model_validator(mode="after")
    def _only_a_user_has_a_password(self) -> Trunk:
        if not self.user and (self.registers or self.password_file is not None):
            raise ValueError("password_file and registers need a user")
        return self

    @property
    def password_variable(self) -> str:
        """The environment variable that may hold the password instead of the file."""
        return f"CALLCENTER_TRUNK_{self.name.upper().replace('-', '_')}_PASSWORD"


class DialogueSection(_Section):
    """How questions are asked, and when they give way to a person."""

    look_up_within_seconds: Annotated[float, Field(gt=0, le=1)] = 1.0  #: who is calling; later she is unknown
    attempts: Annotated[int, Field(ge=1, le=5)] = 3  #: silence or rubbish so often leads to a person
    repeats_at_most: Annotated[int, Field(ge=0, le=10)] = 3  #: at her wish, in one question; more count as attempts
    answer_seconds: Annotated[float, Field(ge=2, le=30)] = 6.0  #: to begin an answer, after the question
    slower_factor: Annotated[float, Field(ge=1, le=5)] = 1.5  #: so much longer for who asked us to speak slowly
    louder_gain: Annotated[int, Field(ge=1, le=5)] = 2  #: what she hears is multiplied by this
    sentence_within_seconds: Annotated[float, Field(gt=0, le=5)] = 2.0  #: to make a sentence with a name in it
    keys_only_needs: tuple[str, ...] = ("hearing_impaired", "speech_impaired", "听障", "语障")  #: of `Elder.needs`
    choices_at_most: Annotated[int, Field(ge=2, le=9)] = 4  #: names read out to find out who is calling
    triage: bool = True
    triage_after_seconds: Seconds = 15.0  #: of waiting for a person; then two short questions are asked


class OrdersSection(_Section):
    items: dict[Annotated[str, Field(pattern=r"^[1-9]$")], ServiceItem] = Field(
        default={str(key): item for key, item in enumerate(ServiceItem, start=1)}, min_length=1
    )

    @model_validator(mode="after")
    def _each_item_once(self) -> OrdersSection:
        if len(set(self.items.values())) != len(self.items):
            raise ValueError("items: each service has one key")
        return self


class Web(_Listener):
    port: Port = 8080


class Control(_Section):
    socket: Path = Path("var/run/control.sock")


class Logging(_Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "plain"] = "json"


class Watchdog(_Section):
    beat_seconds: Seconds = 1.0
    hung_after_seconds: Seconds = 5.0
    start_within_seconds: Seconds = 60.0  #: until the first beat
    stop_within_seconds: Seconds = 15.0  #: after SIGTERM; then it is killed


def _default_ladders() -> tuple[LadderSection, ...]:
    red = (
        RungSection(kind=RungKind.BEST_AGENTS, wait_seconds=15),
        RungSection(kind=RungKind.ALL_AGENTS, wait_seconds=15),
        RungSection(kind=RungKind.STANDBY, wait_seconds=30),
        RungSection(kind=RungKind.CONTACTS, wait_seconds=45),
        RungSection(kind=RungKind.DISPATCH, wait_seconds=60),
    )
    service = tuple(r for r in red if r.kind not in (RungKind.CONTACTS, RungKind.DISPATCH))
    return (LadderSection(name="default", rungs=red), LadderSection(name="service", rungs=service))


class Config(_Section):
    """The whole configuration."""

    node: Node = Node()
    asterisk: Asterisk = Asterisk()
    fastagi: FastAgi = FastAgi()
    hotline: Hotline = Hotline()
    database: Database = Database()
    journal: Journal = Journal()
    imports: Imports = Imports()
    redis: RedisSection = RedisSection()
    ladders: tuple[LadderSection, ...] = Field(default_factory=_default_ladders)
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
    fallback: Fallback = Fallback()
    trunks: tuple[Trunk, ...] = ()
    voice: VoiceSection = VoiceSection()
    speech: Speech = Speech()
    dialogue: DialogueSection = DialogueSection()
    orders: OrdersSection = OrdersSection()
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


class _KeysOnce(yaml.SafeLoader):
    """YAML keeps the last of two equal keys without a word: a second `dispatch:` would undo the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise ValueError(f"line {key.start_mark.line + 1}: {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: Path) -> Config:
    """Reads and checks the whole file. Raises `ConfigurationFaulty` with every fault and its path."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationFaulty([f"{path}: cannot be read: {error}"]) from error
    try:
        data = yaml.load(text, Loader=_KeysOnce) or {}  # noqa: S506, a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationFaulty([f"{path}: not YAML: {' '.join(str(error).split())}"]) from error
    return check(data, path.resolve().parent)


def check(data: Any, folder: Path) -> Config:
    """The same for data that is already parsed."""
    if not isinstance(data, dict):
        raise ConfigurationFaulty([f"the file must hold sections, found {type(data).__name__}"])
    if "folder" in data:
        raise ConfigurationFaulty(["folder: not a setting"])
    try:
        return Config(**{_shown(key): value for key, value in data.items()}, folder=folder)
    except ValidationError as error:
        raise ConfigurationFaulty([_fault(e) for e in error.errors()]) from error


def _fault(error: Any) -> str:
    where = ".".join(_shown(part) for part in error["loc"]) or "config"
    if error["type"] == "extra_forbidden":
        return f"{where}: no such setting"
    found = error.get("input")
    shown = "" if isinstance(found, (dict, list, tuple)) or found is None else f", found {_shown(found)!r}"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}{shown}"


def _shown(found: object) -> str:
    """At most 60 characters on one line, printable whatever was found."""
    try:
        text = str(found)[:60]
    except ValueError:  # Python will not write an integer of thousands of digits
        return "a number of thousands of digits"
    return text if text.isprintable() else ascii(text)


def secret(config: Config, path: Path | None, variable: str) -> str:
    """A secret from the environment variable, else from its file. Raises `ConfigurationFaulty`."""
    from_environment = os.environ.get(variable)
    if from_environment:
        return from_environment
    if path is None:
        raise ConfigurationFaulty([f"{variable}: neither set in the environment nor named as a file"])
    try:
        value = config.path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationFaulty([f"{path}: cannot be read: {error.strerror}"]) from error
    if not value:
        raise ConfigurationFaulty([f"{path}: is empty"])
    return value
