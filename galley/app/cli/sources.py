"""`galley sources`: where configuration comes from, and how each source is."""

from __future__ import annotations

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption


def sources(server: ServerOption = DEFAULT_SERVER, output: OutputOption = Output.TEXT) -> None:
    """Show each source with its objects, last sync, age and errors.

    Example: galley sources -o json
    """
    from galley.app.api.answers import SourceAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json, print_table

    answers = Client(server).get(list[SourceAnswer], "/api/v1/sources")
    if output is Output.JSON:
        print_json(answers)
        return
    print_table(
        ("NAME", "KIND", "LOCATION", "OBJECTS", "SYNCED", "AGE", "ERRORS"),
        [
            (
                answer.name,
                answer.kind,
                answer.location,
                str(answer.objects),
                "yes" if answer.synced else "no",
                f"{answer.age:.0f}s",
                "; ".join(answer.errors),
            )
            for answer in answers
        ],
    )
