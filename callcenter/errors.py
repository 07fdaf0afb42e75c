"""One tree of errors. Each is named after the fact it states; its docstring is the message a person reads."""

from __future__ import annotations


class HotlineError(Exception):
    """Something went wrong in the hotline."""

    def __init__(self, detail: str | None = None) -> None:
        message = (self.__doc__ or "").strip().splitlines()[0]
        super().__init__(f"{message} ({detail})" if detail else message)
        self.detail = detail


class ConfigurationFaulty(HotlineError):
    """The configuration has faults."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class CallerHungUp(HotlineError):
    """The AGI session of this call has ended; only AMI can say whether the caller is really gone."""


class NeedsHuman(HotlineError):
    """The caller wants a person, or we do not understand her."""

    def __init__(self, detail: str | None = None, *, urgent: bool = False) -> None:
        super().__init__(detail)
        self.urgent = urgent  #: she called for help: an emergency


class CommandRefused(HotlineError):
    """Asterisk does not know this AGI command or refused it."""


class AsteriskAway(HotlineError):
    """Asterisk does not answer on its manager interface."""


class ActionRefused(HotlineError):
    """Asterisk refused a manager action."""


class StorageAway(HotlineError):
    """The database does not answer."""


class NotWhileStorageAway(HotlineError):
    """This cannot be saved while the database is away; the emergency stays open."""


class JournalFull(StorageAway):
    """The database does not answer and the journal is full."""


class ChangedMeanwhile(HotlineError):
    """Somebody else changed this meanwhile."""


class StorageInUse(HotlineError):
    """Another process of ours has this storage open."""


class DatabaseTooNew(HotlineError):
    """The database was made by a newer version of this program."""


class WrongDataKey(HotlineError):
    """The data key does not fit this database."""


class DataKeyMissing(HotlineError):
    """The data key file is missing or unreadable."""


class LookNotNoted(HotlineError):
    """Nothing is shown, because the look cannot be written down."""


class ElderUnknown(HotlineError):
    """No elder is known under this identity."""


class AgentUnknown(HotlineError):
    """No agent is known under this name or number."""


class AccountTaken(HotlineError):
    """Another phone has this account already."""


class EmergencyUnknown(HotlineError):
    """No emergency is known under this id."""


class EmergencyAmbiguous(HotlineError):
    """Several emergencies begin with this."""


class EmergencyClosed(HotlineError):
    """This emergency is closed already."""


class OrderUnknown(HotlineError):
    """No service order is known under this id."""


class OrderAmbiguous(HotlineError):
    """Several service orders begin with this."""


class OrderClosed(HotlineError):
    """This service order is closed already."""


class DispositionUnknown(HotlineError):
    """This disposition is not in the configured list."""


class NumberUnusable(HotlineError):
    """This is not a telephone number that can be rung."""


class EmergencyNumber(NumberUnusable):
    """This is an emergency number: nobody's telephone, and rung by a dispatch route alone."""


class SheetUnusable(HotlineError):
    """This file cannot be read as a list of elders."""


class PromptMissing(HotlineError):
    """A prompt has no sound."""


class VoiceAway(HotlineError):
    """The voice worker does not answer."""


class EarsAway(HotlineError):
    """No ears listen: speech is not set up, its worker is away, or it is full."""


class LiveAway(HotlineError):
    """Redis does not answer."""


class ServiceAway(HotlineError):
    """The running service does not answer on its control socket."""


class NotWhileLive(HotlineError):
    """Nothing is simulated while dispatch.live is true: the real 120 might be rung."""


class RealTelephonesMayRing(HotlineError):
    """A trunk is configured, so real telephones may ring: --ring-real-telephones says that it is meant."""


class NobodyToPress(HotlineError):
    """No device is in anybody's hands that could be simulated."""


class NobodyAnswered(HotlineError):
    """The telephone is not there, or nobody picked it up."""


class DemoFailed(HotlineError):
    """The demo did not come to its end."""


class ModelNotFetched(HotlineError):
    """The speech model could not be fetched; the one that is installed stays."""


class ModelUnusable(HotlineError):
    """This is not a speech model that can be used; the one that is installed stays."""
