"""`callcenter run`, `serve` and `demo`: the service itself. The first two say themselves where their logs go."""

from __future__ import annotations

from callcenter.app.cli.command import Command, Groups, add_verb


def add_to(groups: Groups) -> None:
    run = add_verb(groups, "run", _run, "runs the hotline until SIGTERM")
    serve = add_verb(groups, "serve", _serve, "the service itself, without a parent that watches it")
    add_verb(groups, "demo", _demo, "one red-key call from press to closed, on a real Asterisk with real phones")
    for verb in (run, serve):
        verb.set_defaults(own_logs=True)


def _run(command: Command) -> int:
    from callcenter.app.run import main

    return main(command.config, command.config_path)


def _serve(command: Command) -> int:
    from callcenter.app.run import child

    return child(command.config_path)


def _demo(command: Command) -> int:
    from callcenter.app.demo import main

    return main(command.config_path, command.out)
