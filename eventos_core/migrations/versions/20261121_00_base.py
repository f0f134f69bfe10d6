"""Schema app's own tables, the functions that column defaults name, and the job engine."""

from procrastinate.schema import SchemaManager

from eventos_core.migrations import ops

revision = "20261121_00_base"
down_revision = None
branch_labels = None
depends_on = None

UPGRADE = """
create table app.installation (
  only_row boolean primary key default true check (only_row),
  era integer not null default 1 check (era > 0),
  sync_hash text,
  sealed_to xid8 not null default '0',
  installed_at timestamptz not null default now()
);
comment on table app.installation is 'What holds for the whole installation; one row.';
comment on column app.installation.only_row is 'Always true: keeps the table at one row.';
comment on column app.installation.era is 'Raised by every restore: transaction ids of different eras cannot be compared.';
comment on column app.installation.sync_hash is 'What the last sync applied; differs from the program''s own when a sync is due.';
comment on column app.installation.sealed_to is 'Audit entries of this era written by transactions below this id are sealed.';
comment on column app.installation.installed_at is 'When the first migration ran.';
insert into app.installation default values;

create table app.synced (
  kind text not null,
  name text not null,
  wanted text not null,
  found text not null,
  primary key (kind, name)
);
comment on table app.synced is 'Objects that sync created: functions, policies, triggers, views.';
comment on column app.synced.kind is 'function, policy, trigger or view.';
comment on column app.synced.name is 'The object; policies and triggers as table.name.';
comment on column app.synced.wanted is 'Hash of the definition that was asked for.';
comment on column app.synced.found is 'Hash of the definition in the catalog right after.';

create function app.era() returns integer language sql stable parallel safe
as $$ select era from app.installation $$;
revoke all on function app.era() from public;
"""

# A path of their own, so that callers need not have the job engine's schema in theirs.
PIN_JOB_FUNCTIONS = """
do $$
declare
  f regprocedure;
begin
  for f in select oid from pg_proc where pronamespace = 'procrastinate'::regnamespace loop
    execute format('alter function %s set search_path = procrastinate, pg_catalog, pg_temp', f);
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to eventos_app, eventos_definer, eventos_migrator', f);
  end loop;
end $$;
"""

DOWNGRADE_FUNCTIONS = """
do $$
declare
  f text;
begin
  for f in select name from app.synced where kind = 'function' and to_regprocedure(name) is not null loop
    execute 'drop function ' || f || ' cascade';
  end loop;
end $$;
"""

DROP_JOB_ENGINE = """
do $$
declare
  statement text;
begin
  for statement in
    select format('drop table procrastinate.%I cascade', relname) from pg_class
    where relnamespace = 'procrastinate'::regnamespace and relkind = 'r'
  loop
    execute statement;
  end loop;
  for statement in
    select format('drop function %s cascade', oid::regprocedure) from pg_proc
    where pronamespace = 'procrastinate'::regnamespace
  loop
    execute statement;
  end loop;
  for statement in
    select format('drop type procrastinate.%I cascade', t.typname) from pg_type t
    where t.typnamespace = 'procrastinate'::regnamespace and t.typtype in ('e', 'c')
  loop
    execute statement;
  end loop;
end $$;
"""


def upgrade() -> None:
    ops.run(UPGRADE)
    ops.run("set local search_path = procrastinate")
    ops.run(SchemaManager.get_schema())
    # The trigger makes every deferral take the cluster-wide NOTIFY lock at commit; the worker polls instead.
    ops.run("drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on procrastinate.procrastinate_jobs")
    ops.run("reset search_path")
    ops.run(PIN_JOB_FUNCTIONS)


def downgrade() -> None:
    with ops.as_login():
        ops.run(DOWNGRADE_FUNCTIONS)
    ops.run(DROP_JOB_ENGINE)
    ops.run("drop function if exists app.era(); drop table app.synced, app.installation")
