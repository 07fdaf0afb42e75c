"""Sentences with a name or an address in them, made into sound: the question to a contact, the sheet for 120."""

from __future__ import annotations

from callcenter.domain.emergencies import Emergency
from callcenter.domain.people import Contact, ContactRole, Profile
from callcenter.services.desk import Desk
from callcenter.services.dialling import dialable


async def contact_question(desk: Desk, profile: Profile | None) -> tuple[str, ...]:
    """The sound files that ask somebody to take responsibility. Raises `VoiceAway`."""
    name = profile.elder.name if profile else "一位老人"
    return await desk.voice.sheet(
        f"这里是{desk.config.hotline.name}。{name}正在紧急求助，请您帮忙。按1由您负责，按2不方便。"
    )


async def hand_over_sheet(desk: Desk, emergency: Emergency, profile: Profile | None) -> tuple[str, ...]:
    """The sound files of the 120 hand-over sheet 交接单. Raises `VoiceAway`."""
    return await desk.voice.sheet(hand_over_text(desk, emergency, profile))


def hand_over_text(desk: Desk, emergency: Emergency, profile: Profile | None) -> str:
    """What the dispatcher must hear: who, where, what is known, whom to call back. What is unknown is said to be."""
    country = desk.config.hotline.country
    back = dialable(emergency.line, country=country) if emergency.line else ""
    opening = f"这里是{desk.config.hotline.name}，有老人紧急求助，请派救护车。"
    if profile is None:
        number = f"来电号码{back}。" if back else "来电号码未知。"
        return f"{opening}老人身份未知，{number}电话正在接通，请直接询问地址。"
    elder, home = profile.elder, profile.household
    age = profile.age(desk.clock.now().date())
    sentences = [
        opening,
        f"{elder.name}，{elder.sex}{'' if age is None else f'，{age}岁'}。".replace("，，", "，").replace("，。", "。"),
        f"地址：{profile.address or '未知'}。",
        home.landmark and f"附近：{home.landmark}。",
        home.access and f"进门：{home.access}。",
        _key_holder(profile.contacts, country),
        f"疾病：{elder.illness or '不详'}。",
        elder.medicines and f"用药：{elder.medicines}。",
        f"过敏：{elder.allergies or '不详'}。",
        back and f"回拨电话{back}。",
    ]
    return "".join(sentence for sentence in sentences if sentence)


def _key_holder(contacts: tuple[Contact, ...], country: str) -> str:
    for contact in contacts:
        if contact.has_key or contact.role is ContactRole.KEY_HOLDER:
            return f"持钥匙人{contact.name}，电话{dialable(contact.number, country=country)}。"
    return ""
