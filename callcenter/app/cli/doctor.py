"""`callcenter doctor`."""

from __future__ import annotations

from callcenter.app.checks.finding import Finding, Health
from callcenter.app.cli.command import DONE, FAULTS_FOUND, Command, Groups, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.doctor import examine

_COLUMNS = (
    Column(fact="shown", en="", zh=""),
    Column(fact="about", en="what", zh="检查项"),
    Column(fact="words", en="finding", zh="结果"),
    Column(fact="remedy", en="what to do", zh="怎么办"),
)


def add_to(groups: Groups) -> None:
    add_verb(groups, "doctor", _doctor, "looks at everything a red key needs; exit code 3 if something is at fault")


async def _doctor(command: Command) -> int:
    findings = await examine(command.config)
    command.out.table(_COLUMNS, [_facts(command, finding) for finding in findings])
    return FAULTS_FOUND if any(finding.health is Health.FAULT for finding in findings) else DONE


def _facts(command: Command, finding: Finding) -> dict[str, str]:
    out = command.out
    facts = {
        "about": finding.about,
        "health": finding.health.value,
        "words": out.text(finding.en, finding.zh),
        "remedy": out.text(finding.remedy_en, finding.remedy_zh),
    }
    shown = {Health.OK: ("ok", "正常"), Health.WARN: ("warn", "注意"), Health.FAULT: ("FAULT", "故障")}[finding.health]
    return facts if out.as_json else facts | {"shown": out.text(*shown)}
