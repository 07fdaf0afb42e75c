"""`callcenter run`, `serve`, `door` and `demo`: what runs. The first three say themselves where their logs go."""

from __future__ import annotations

from callcenter.app.cli.command import Command, Groups, add_verb


def add_to(groups: Groups) -> None:
    run = add_verb(groups, "run", _run, "runs the hotline until SIGTERM")
    serve = add_verb(groups, "serve", _serve, "the service itself, without a parent that watches it")
    door = add_verb(groups, "door", _door, "the console's door for browsers, without a parent that watches it")
    demo = add_verb(groups, "demo", _demo, "one red-key call from press to closed, on a real Asterisk with real phones")
    demo.add_argument("--desk", action="store_true", help="serves the operators' desk instead, until Ctrl-C")
    for verb in (run, serve, door):
        verb.set_defaults(own_logs=True)


def _run(command: Command) -> int:
    from callcenter.app.run import main

    return main(command.config, command.config_path)


def _serve(command: Command) -> int:
    from callcenter.app.run import child

    return child(command.config_path)


def _door(command: Command) -> int:
    from callcenter.app.door import main

    return main(command.config)


def _demo(command: Command) -> int:
    from callcenter.app import demo, demo_desk

    main = demo_desk.main if command.options.desk else demo.main
    return main(command.config_path, command.out)
