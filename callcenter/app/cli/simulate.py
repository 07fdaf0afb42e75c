from callcenter.app.cli.command import Groups


def add_to(groups: Groups) -> None: ...
