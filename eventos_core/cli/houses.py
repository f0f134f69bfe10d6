"""Commands about houses, people and events."""

from __future__ import annotations

import click

from eventos_core.cli.common import (
    account_option,
    as_option,
    base_url,
    instant,
    json_option,
    operator,
    password_from,
    print_json,
    run,
    table,
)
from eventos_core.db.registry import execute, read
from eventos_core.events import commands as events
from eventos_core.kernel.credentials import hash_token, new_key, new_token
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.kernel.permissions import Role
from eventos_core.operations import start
from eventos_core.tenancy import commands as team
from eventos_core.tenancy import identity, queries, rules


@click.group()
def account() -> None:
    """Houses of this installation."""


@account.command("create")
@click.option("--name", required=True)
@click.option("--slug", required=True, help="Short name in links: lower-case letters, digits, hyphens.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--timezone", default="Europe/Paris", show_default=True)
@click.option("--owner", "owner_email", required=True, metavar="EMAIL")
@click.option("--owner-name", default=None, help="Name of a new owner; the address's own part otherwise.")
def create_account(
    name: str, slug: str, currency: str, timezone: str, owner_email: str, owner_name: str | None
) -> None:
    """Found a house with its own organization and default stages.

    A new owner's password comes from EVENTOS_OWNER_PASSWORD or a prompt; an existing login keeps its own.
    """
    start.load()
    email = rules.check_email(owner_email)
    password = None
    if identity.sign_in_row(email) is None:
        password = password_from("EVENTOS_OWNER_PASSWORD", f"Password for {email}")
    house = identity.NewHouse(name, slug, currency, timezone)
    person = identity.NewOwner(owner_name or email.partition("@")[0], email, password)
    identity.found_house(identity.open_operator_session(), house, person)
    click.echo(f"Founded {name} ({slug}); {email} owns it.")


@account.command("list")
@json_option
def list_accounts(as_json: bool) -> None:
    """Houses with their members."""
    houses = identity.houses(identity.open_operator_session())
    if as_json:
        print_json({"accounts": houses})
        return
    table(
        ["slug", "name", "status", "currency", "timezone", "members"],
        [[h["slug"], h["name"], h["status"], h["base_currency"], h["timezone"], h["members"]] for h in houses],
    )


@click.group()
def user() -> None:
    """People of a house."""


@user.command("add")
@account_option
@click.option("--email", required=True)
@click.option("--name", default=None)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=None)
@click.option("--preset", default=None, help="door, sales, sponsor, producer, finance or executive.")
@as_option
def add_user(
    account: str, email: str, name: str | None, role: str | None, preset: str | None, as_email: str | None
) -> None:
    """Add a person: an existing login gains the membership at once, otherwise an invitation link is printed."""
    chosen = rules.preset(preset) if preset else None
    if preset and chosen is None:
        raise InvalidInput(f"There is no preset “{preset}”.", hint="See --help for their names.")
    if chosen is None and role is None:
        raise click.UsageError("Give --role or --preset.")
    rights = rules.from_preset(chosen) if chosen else rules.Rights(Role(role or "member"))
    token = new_token()
    wanted = team.InviteMember(
        email=rules.check_email(email),
        display_name=name or email.partition("@")[0],
        role=Role(role) if role else rights.role,
        token_hash=hash_token(token),
        preset=preset,
        grants=tuple(sorted(p.value for p in rights.grants)),
        denials=tuple(sorted(p.value for p in rights.denials)),
    )
    credential = operator(account, as_email)
    invited = execute(credential, team.invite_member, wanted)
    if as_email is None and identity.sign_in_row(email) is not None:
        execute(credential, team.add_existing_login, team.MemberChanged(invited.member_id, 1))
        click.echo(f"{email} now belongs to {account}.")
        return
    click.echo(f"{base_url()}/?invitation={token}")
    click.echo(f"Opens until {invited.expires_at:%Y-%m-%d %H:%M} UTC, once.", err=True)


@user.command("password")
@account_option
@click.option("--email", required=True)
@as_option
def password_link(account: str, email: str, as_email: str | None) -> None:
    """Print a link with which a member sets a new password, once; as operator also where houses share the login."""
    credential = operator(account, as_email)
    team_now = read(credential, queries.team)
    wanted = identity.email_norm(rules.check_email(email))
    found = team_now.loc[team_now["email"].map(identity.email_norm, na_action="ignore") == wanted, "id"]
    if found.empty:
        raise NotFound(f"{email} is not in {account}.", hint="`user add` brings people into a house.")
    token = new_token()
    made = execute(credential, team.make_password_link, team.MakePasswordLink(int(found.iloc[0]), hash_token(token)))
    click.echo(f"{base_url()}/?reset={token}")
    click.echo(f"Opens until {made.expires_at:%Y-%m-%d %H:%M} UTC, once.", err=True)


@click.group()
def apikey() -> None:
    """Keys with which programs use /api/v1."""


@apikey.command("create")
@account_option
@click.option("--name", required=True)
@click.option("--scope", "scopes", required=True, multiple=True, metavar="SCOPE…", help="Permissions it carries.")
@click.argument("more", nargs=-1, metavar="")
@click.option("--expires", default=None, metavar="T", help="When it ends, in UTC unless it has an offset.")
@as_option
def create_key(
    account: str, name: str, scopes: tuple[str, ...], more: tuple[str, ...], expires: str | None, as_email: str | None
) -> None:
    """Make a key and print it, once; it carries at most what the actor may do."""
    key, prefix = new_key()
    ends = instant(expires, "UTC") if expires else None
    given = team.CreateKey(name, (*scopes, *more), prefix, hash_token(key), ends)
    run(account, as_email, team.create_key, given)
    click.echo(key)
    click.echo("It is shown only now.", err=True)


@apikey.command("revoke")
@account_option
@click.option("--name", required=True, help="The key's name, or the characters that it begins with.")
@as_option
def revoke_key(account: str, name: str, as_email: str | None) -> None:
    """Withdraw a key for good."""
    credential = operator(account, as_email)
    keys = read(credential, queries.api_keys)
    found = keys.loc[(keys["name"] == name) | (keys["prefix"] == name), "id"]
    if found.empty:
        raise NotFound(f"No key in force is called “{name}”.", hint="The page API keys lists them.")
    execute(credential, team.revoke_key, team.RevokeKey(int(found.iloc[0])))
    click.echo(f"Withdrew {name}.")


@click.group()
def event() -> None:
    """Events of a house."""


@event.command("create")
@account_option
@click.option("--name", required=True)
@click.option("--slug", default=None, help="Link name; made from the name otherwise.")
@click.option("--starts", required=True, metavar="T", help="2026-12-12T19:30, in --timezone unless it has an offset.")
@click.option("--ends", required=True, metavar="T")
@click.option("--timezone", required=True, metavar="Z")
@click.option("--capacity", type=int, default=None)
@as_option
@json_option
def create_event(
    account: str,
    name: str,
    slug: str | None,
    starts: str,
    ends: str,
    timezone: str,
    capacity: int | None,
    as_email: str | None,
    as_json: bool,
) -> None:
    """Create a draft event."""
    given = events.CreateEvent(
        name=name,
        slug=slug,
        starts_at=instant(starts, timezone),
        ends_at=instant(ends, timezone),
        timezone=timezone,
        capacity=capacity,
    )
    saved = run(account, as_email, events.create_event, given)
    if as_json:
        print_json({"event_id": saved.event_id, "slug": saved.slug, "version": saved.version})
    else:
        click.echo(f"Created {saved.slug}.")


COMMANDS = (account, user, apikey, event)
