"""`galley demo`: the quick start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from galley.app.demo.scene import Scene


def demo(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Drive it to the end, print what was seen, exit 0 or 1.")
    ] = False,
    directory: Annotated[Path, typer.Option("--dir", help="The demo's folder; made anew.")] = Path("galley-demo"),
) -> None:
    """Start a server, a real Envoy and three versions of a sample service; say what to open and what to edit.

    Example: galley demo --check
    """
    import asyncio

    from galley.app.cli.fail import fail
    from galley.app.demo.scene import NotOurs, set_scene
    from galley.app.demo.stage import DidNotStart
    from galley.app.envoy.process import until_told

    try:
        scene = set_scene(directory.resolve())
    except NotOurs as error:
        fail(str(error), "stop what is there, or name another folder: --dir DIR")
    try:
        right = asyncio.run(until_told(_check(scene) if check else _show(scene)))
    except DidNotStart as error:
        fail(str(error), "see `galley doctor`", code=1)
    except asyncio.CancelledError:
        typer.echo("\nstopped")
        right = not check
    raise typer.Exit(0 if right else 1)


async def _check(scene: Scene) -> bool:
    from galley.app.cli.printing import print_table
    from galley.app.cli.progress import Progress
    from galley.app.demo.check import Check
    from galley.app.demo.stage import raised

    progress = Progress()
    async with raised(scene, progress.say) as stage:
        seen = await Check(stage, progress.say).run()
    progress.done()
    print_table(("", "STEP", "SEEN"), [("ok" if step.right else "FAILED", step.step, step.seen) for step in seen])
    right = all(step.right for step in seen)
    typer.secho("all as it should be" if right else f"not as it should be; logs are in {scene.root}", bold=True)
    return right


async def _show(scene: Scene) -> bool:
    import asyncio

    from galley.app.cli.progress import Progress
    from galley.app.demo.stage import raised

    progress = Progress()
    async with raised(scene, progress.say):
        progress.done()
        typer.secho("Galley is running: a control plane, an Envoy at the edge, three versions of `reviews`.", bold=True)
        typer.echo(f"\n  ask     curl {scene.url}\n  edit    {scene.route}")
        typer.echo("          change `weight: 100` to 90 and `weight: 0` to 10, save, and ask again: one in ten is v2")
        typer.echo(f"  status  galley status --server {scene.admin}")
        typer.echo("          where your change is live; break the file, and it says where and what is served instead")
        typer.echo(f"  undo    galley log --server {scene.admin}, then galley rollback R\n\nCtrl-C stops everything.")
        await asyncio.Event().wait()
    return True
