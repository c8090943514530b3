"""`galley doctor`: checks an installation, and says what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption
from galley.app.cli.serve import SetOption, SettingsOption


def doctor(
    kubernetes: Annotated[
        list[str] | None,
        typer.Option(
            "--kubernetes",
            metavar="KUBECONFIG|in-cluster",
            help="Ask this cluster too, also without a server: KUBECONFIG[#CONTEXT]; repeatable.",
        ),
    ] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
    settings: SettingsOption = None,
    set_: SetOption = None,
) -> None:
    """Check this installation and the server; say what to do about what is wrong.

    A server that was killed leaves its clusters refusing changes to our kinds: --kubernetes tells, with the command
    that ends it. With the server's settings, its Kafka is checked. Exit code 1: something is wrong.
    Example: galley doctor --kubernetes ~/.kube/config --settings galley.yaml
    """
    import os

    from galley.app.checkup import checkup
    from galley.app.cli.fail import fail
    from galley.app.cli.printing import print_json, tell
    from galley.settings.load import BadSettings, load_settings
    from galley.settings.settings import Settings

    said = settings is not None or bool(set_) or any(name.startswith("GALLEY_KAFKA") for name in os.environ)
    try:
        given = load_settings(settings, os.environ, set_ or (), {}) if said else Settings()
    except BadSettings as error:
        fail(str(error), "docs/settings.md has every setting")
    results = list(checkup(server, kubernetes or (), given))
    if output is Output.JSON:
        print_json([result.as_dict() for result in results])
    else:
        for result in results:
            mark, colour = ("ok  ", "green") if result.good else ("FAIL", "red")
            typer.secho(mark, fg=colour, nl=False)
            tell(f"  {result.what}: {result.seen}")
            if result.remedy:
                tell(f"        {result.remedy}")
    raise typer.Exit(0 if all(result.good for result in results) else 1)
