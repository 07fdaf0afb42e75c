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


class DeviceUnknown(HotlineError):
    """The elder holds no such device."""


class UserUnknown(HotlineError):
    """No user of the console is known under this name."""


class UserTaken(HotlineError):
    """Another user of the console has this name already."""


class UserUnusable(HotlineError):
    """No user of the console can be like this."""


class LastAdministrator(HotlineError):
    """This is the last administrator: nobody could make another."""


class ClientFaulty(HotlineError):
    """No client of the API can be like this."""


class ClientTaken(HotlineError):
    """Another client of the API has or had this name."""


class ClientUnknown(HotlineError):
    """No client of the API is known under this name."""


class KeysUnusable(HotlineError):
    """These keys cannot be the desk's: one is the browser's own, or two actions share one."""


class PasswordTooShort(HotlineError):
    """The password is too short."""


class SignInRefused(HotlineError):
    """The name or the password is wrong."""


class TooManyTries(HotlineError):
    """Too many wrong passwords; try again in some minutes."""


class EmergencyUnknown(HotlineError):
    """No emergency is known under this id."""


class EmergencyAmbiguous(HotlineError):
    """Several emergencies begin with this."""


class EmergencyClosed(HotlineError):
    """This emergency is closed already."""


class EmergencyTaken(HotlineError):
    """Somebody has this emergency already."""


class EmergencyNotYours(HotlineError):
    """Somebody else has this emergency, or nobody."""


class EmergencyOpen(HotlineError):
    """This emergency is open, or another one of the same elder is."""


class ElderConnected(HotlineError):
    """The elder is in the call."""


class ChecklistUnfinished(HotlineError):
    """Something that this disposition asks for is not ticked."""


class RecordingMissing(HotlineError):
    """There is no such recording, or it is there no longer."""


class FileNotWritten(HotlineError):
    """The file cannot be written."""


class EmergencyUnattended(HotlineError):
    """Nobody talks about this emergency."""


class OwnTalk(HotlineError):
    """This is the supervisor's own talk."""


class ReasonMissing(HotlineError):
    """This needs a reason of 1 to 200 printable characters."""


class ShiftFaulty(HotlineError):
    """There can be no such shift."""


class ShiftTaken(HotlineError):
    """This agent has a shift at that time already."""


class ShiftUnknown(HotlineError):
    """There is no such shift."""


class EmergencyStillOpen(HotlineError):
    """This emergency is not closed yet."""


class LadderUnknown(HotlineError):
    """The configuration names no such ladder."""


class LadderFaulty(HotlineError):
    """No ladder may be like this."""


class AuditFaulty(HotlineError):
    """There can be no such call audit."""


class AgentBusy(HotlineError):
    """The agent's phone rings or is in a call."""


class AgentNotFree(HotlineError):
    """This agent is not free now."""


class NobodyTookOver(HotlineError):
    """Closed as handed to somebody who never was in the call with her."""


class NobodyToInvite(HotlineError):
    """There is nobody who could be rung."""


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


class PictureUnusable(HotlineError):
    """This is no photo that can be kept."""


class UploadUnusable(HotlineError):
    """No file was received."""


class UploadTooLarge(HotlineError):
    """The file is too large."""


class ListBusy(HotlineError):
    """Another list of elders is being taken in or written."""


class ListUnknown(HotlineError):
    """No such list is kept any more."""


class SheetUnusable(HotlineError):
    """This file cannot be read as a list of elders."""


class PromptMissing(HotlineError):
    """A prompt has no sound."""


class RecordingRefused(HotlineError):
    """This recording is not kept."""


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


class CheckInPlanUnknown(HotlineError):
    """There is no such check-in plan."""


class CheckInPlanFaulty(HotlineError):
    """This check-in plan makes no sense."""


class HoldFaulty(HotlineError):
    """This leave makes no sense."""


class CheckInUnknown(HotlineError):
    """Nothing is due of this elder."""


class VisitUnknown(HotlineError):
    """There is no such visit."""


class VisitClosed(HotlineError):
    """What was found at this visit is written down already."""
