"""The command ``gridwhistle``: a table of commands, each imported only when it is called.

Job: give a slice's command what a view gets from ``http``: the application, a database, one commit at the end.
Never: know what a command does; a slice adds a row to ``COMMANDS`` and a module of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import click

from server.config import Config, ConfigError
from server.embedded import EmbeddedError, ensure


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: where it is, what the list says of it, and whether it runs inside the application."""

    target: str
    says: str
    in_app: bool = True


COMMANDS = {
    "run": Entry("server.supervisor:run", "启动本机全部服务 · start web, live stream and worker", in_app=False),
    "stop": Entry("server.supervisor:stop", "停止本机全部服务 · stop what run started", in_app=False),
    "worker": Entry("server.worker:worker", "后台任务与时限 · jobs and clocks"),
    "db": Entry("server.embedded.cli:db", "数据库：备份、恢复、升级 · back up, restore, migrate", in_app=False),
    "grids": Entry("server.grids.cli:grids", "网格：导入、定位 · import grid editions, locate points"),
    "maps": Entry("server.maps.cli:maps", "地图：重建、核对计数 · rebuild and check the tallies of the maps"),
    "people": Entry("server.people.cli:people", "人员：批量导入 · import workers and officers"),
    "policy": Entry("server.policy.cli:policy", "政策文件：检查、查看 · check and show the policy", in_app=False),
    "keys": Entry("server.crypto.cli:keys", "密钥：查看、轮换 · list and rotate the sealing keys", in_app=False),
    "journal": Entry("server.journal.cli:journal", "日志：防篡改校验 · verify the append-only journal"),
    "figures": Entry("server.figures.cli:figures", "指标 · show the figures of a period"),
    "invariants": Entry("server.invariants.cli:invariants", "责任规则 · check the responsibility rules"),
    "demo": Entry("server.demo.cli:demo", "演示城市 · the synthetic city and its year"),
}


class Commands(click.Group):
    """A group that lists its commands from the table and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command behind ``cmd_name``; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        entry = COMMANDS[cmd_name]
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return _bound(command) if entry.in_app else command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.says) for name, entry in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def gridwhistle() -> None:
    """网格哨：街乡吹哨、部门报到 · Gridwhistle: grids, whistles and the departments that answer them."""


@contextmanager
def application() -> Iterator[Any]:
    """Yield the Flask application inside its context, on a database that runs and is up to date.

    One transaction, as for a request: the journal, what follows, one commit, or nothing at all. A private cluster is
    migrated, any other database must have been (``gridwhistle db migrate``).
    """
    from server import schema  # heavy imports wait until a command needs them
    from server.app import create_app
    from server.db import db
    from server.http import transaction

    config = Config.from_environment()
    with ensure(config) as url:
        schema.demand_current(url, may_migrate=not config.database_url)
        app = create_app(replace(config, database_url=url))
        with app.app_context():
            try:
                with transaction():
                    yield app
            finally:
                db.session.remove()
                db.engine.dispose()


def _bound(command: click.Command) -> click.Command:
    """Return ``command`` with every callback below it run inside the application; bound once however often asked."""
    for child in getattr(command, "commands", {}).values():
        _bound(child)
    is_group = isinstance(command, click.Group)
    if command.callback and not is_group and not isinstance(command.callback, InApplication):
        command.callback = InApplication(command.callback)
    return command


class InApplication:
    """The callback of a command, called inside the application."""

    def __init__(self, callback: Callable[..., Any]) -> None:
        self.callback = callback
        functools.update_wrapper(self, callback)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Do what the command does; its work is committed when it ends well."""
        with application():
            return self.callback(*args, **options)


def main() -> None:
    """Entry point of the console script: a refusal is one sentence on standard error and exit code 1."""
    from server.errors import Refusal

    try:
        gridwhistle()
    except Refusal as refusal:
        facts = " ".join(f"{name}={value}" for name, value in refusal.facts.items())
        raise SystemExit(f"{refusal.title} · {refusal} {facts}".strip()) from None
    except (ConfigError, EmbeddedError) as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    main()
