-- function: app.era()
-- security: invoker
-- reads: app.installation
-- grants: app, migrator, backup, definer
-- about: Counts restores: transaction ids of different eras cannot be compared.
create or replace function app.era() returns integer
language sql stable parallel safe
as $$ select era from app.installation $$;

-- function: app.can(text)
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: Whether the actor in context holds a permission.
create or replace function app.can(p text) returns boolean
language sql stable parallel safe
as $$ select strpos(coalesce(current_setting('app.permissions', true), ''), ',' || p || ',') > 0 $$;

-- function: app.context_account()
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: The house in context; NULL without one.
create or replace function app.context_account() returns bigint
language sql stable parallel safe
as $$ select nullif(current_setting('app.account_id', true), '')::bigint $$;

-- function: app.search_key(text)
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: Lower case without accents and with single spaces, for fragments; empty for NULL.
create or replace function app.search_key(p text) returns text
language plpgsql immutable parallel safe
as $$
begin
  -- Immutable although unaccent() is only stable: the dictionary is named and is part of the installation.
  return btrim(regexp_replace(
    lower(extensions.unaccent('extensions.unaccent'::regdictionary, coalesce(p, ''))), '\s+', ' ', 'g'));
end $$;

-- function: app.sort_key(text)
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: Like search_key, without leading quotes and brackets, so that “Aurora” sorts under a.
create or replace function app.sort_key(p text) returns text
language plpgsql immutable parallel safe
as $$
declare
  v_key text := app.search_key(p);
begin
  -- A fixed list and not a character class: what is a letter depends on the database's locale.
  return coalesce(nullif(ltrim(v_key, ' "''“”„‘’«»‹›()[]{}<>#*.,-_!¡¿?'), ''), v_key);
end $$;

-- function: app.email_norm(text)
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: An e-mail address as it is compared: trimmed and lower case; empty for NULL.
create or replace function app.email_norm(p text) returns text
language sql immutable parallel safe
as $$ select lower(btrim(coalesce(p, ''))) $$;

-- function: app.phone_digits(text)
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: Only the digits of a telephone number; empty for NULL.
create or replace function app.phone_digits(p text) returns text
language sql immutable parallel safe
as $$ select regexp_replace(coalesce(p, ''), '[^0-9]', '', 'g') $$;

-- function: app.effective_permissions(text, jsonb)
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: What a membership may do: role, plus overrides.grant, minus overrides.deny; an owner is denied nothing.
create or replace function app.effective_permissions(role text, overrides jsonb) returns text[]
language sql immutable parallel safe
as $$
  select case
    when role = 'owner' then app.role_permissions('owner')
    else (
      select coalesce(array_agg(p order by p collate "C"), '{}')
      from (
        (
          select unnest(app.role_permissions(role)) as p
          union
          select g from jsonb_array_elements_text(
            case jsonb_typeof(overrides -> 'grant') when 'array' then overrides -> 'grant' else '[]' end) as g
          where g = any (app.role_permissions('owner'))
        )
        except
        select d from jsonb_array_elements_text(
          case jsonb_typeof(overrides -> 'deny') when 'array' then overrides -> 'deny' else '[]' end) as d
      ) as held
    )
  end
$$;

-- function: app.permission_version(text[])
-- security: invoker
-- grants: app, migrator, backup, definer
-- about: A short key that changes when the permissions change; part of cache keys.
create or replace function app.permission_version(permissions text[]) returns text
language sql immutable parallel safe
as $$
  select left(md5(coalesce(string_agg(p, ',' order by p collate "C"), '')), 12) from unnest(permissions) as p
$$;

-- function: app.tg_touch()
-- security: invoker
-- grants: app, migrator, definer, owner
-- about: Keeps updated_at, updated_by and version, unless only silent columns changed; arguments: those the table
--        has, and the silent and generated columns.
create or replace function app.tg_touch() returns trigger
language plpgsql
as $$
declare
  v_silent text[] := string_to_array(tg_argv[1], ',');
begin
  if v_silent is not null and to_jsonb(new) - v_silent = to_jsonb(old) - v_silent then
    return new;
  end if;
  if strpos(tg_argv[0], 'updated_at') > 0 then
    new.updated_at := now();
  end if;
  if strpos(tg_argv[0], 'updated_by') > 0 and nullif(current_setting('app.member_id', true), '') is not null then
    new.updated_by := current_setting('app.member_id', true)::bigint;
  end if;
  if strpos(tg_argv[0], 'version') > 0 then
    new.version := old.version + 1;
  end if;
  return new;
end $$;
