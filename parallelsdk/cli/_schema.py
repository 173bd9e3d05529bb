"""``parallelsdk schema``: what editors need to complete and check our YAML."""

from __future__ import annotations

import click


@click.command()
@click.option("--output", "-o", metavar="FILE", help="Where to; standard output if left out.")
def schema(output: str | None) -> int:
    """Write the JSON Schema of our YAML: pipelines, components, environments, data and models.

    An editor uses it for a file that begins with "# yaml-language-server: $schema=" and its path.
    """
    import json

    from parallelsdk.client.plain_text import printable
    from parallelsdk.entities._schema import file_schema

    text = json.dumps(file_schema(), indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return 0
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"The schema is in {printable(output, keep='')}.")
    return 0
