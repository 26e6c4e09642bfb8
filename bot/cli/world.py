"""The world of drills and the demo: one contract, five people, one staff group, everything on the local channel."""

from __future__ import annotations

from bot.config import ChatSpec, Config, Desk, PersonSpec, ShiftSpec
from bot.domain.scheme import Contract
from bot.domain.words import Role

CUSTOMERS = ("customer", "customer2")
_NAMES = {"books": "第一中学", "food": "第一小学", "medical": "市人民医院", "survey": "市自然资源局"}


def world(scheme: str) -> Config:
    """A configuration in which every speaker of a drill exists."""
    people = (
        _person("agent1", "王师傅", (Role.AGENT,), ("质检", "仓库", "工程师", "耗材", "成员")),
        _person("agent2", "李师傅", (Role.AGENT,), ("调度", "财务", "编目", "成员")),
        _person("lead", "陈组长", (Role.LEAD,), ("副组长",)),
        _person("supervisor", "赵主管", (Role.SUPERVISOR,), ("组长",)),
        _person("manager", "孙总", (Role.MANAGER,), ("总经理", "总工办")),
    )
    return Config(
        desk=Desk(company="应诺示范公司", default_contract="demo"),
        contracts=(Contract(id="demo", title=_NAMES.get(scheme, "示范客户"), scheme=scheme),),
        people=people,
        shifts=(ShiftSpec(name="全天", people=("agent1", "agent2")),),
        chats=(ChatSpec(channel="local", chat="staff", role="staff", title="售后群"),),
    )


def _person(name: str, title: str, roles: tuple[Role, ...], duties: tuple[str, ...]) -> PersonSpec:
    return PersonSpec(id=name, name=title, roles=roles, duties=duties, reach={"local": name})
