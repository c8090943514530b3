"""`galley sources`: where configuration comes from, and how each source is."""

from __future__ import annotations

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption


def sources(server: ServerOption = DEFAULT_SERVER, output: OutputOption = Output.TEXT) -> None:
    """Show each source: where, what it has, what of it is held back, its state, how long ago it was last in step.

    Example: galley sources -o json
    """
    from galley.app.api.answers import SourceAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import age_text, print_json, print_table, shortened, source_state

    answers = Client(server).get(list[SourceAnswer], "/api/v1/sources")
    if output is Output.JSON:
        print_json(answers)
        return
    print_table(
        ("NAME", "KIND", "LOCATION", "AT", "OBJECTS", "HELD", "STATE", "AGE", "ERRORS"),
        [
            (
                answer.name,
                answer.kind,
                answer.location,
                shortened(answer.detail) or "-",
                str(answer.objects),
                str(answer.held + answer.faults),
                source_state(answer),
                age_text(answer),
                "; ".join(answer.errors),
            )
            for answer in answers
        ],
    )
