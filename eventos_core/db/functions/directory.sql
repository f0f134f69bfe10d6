-- Lists of people and companies by fragment, tag and cursor, and what a merge may touch beyond the app's own rights.

-- function: app.link_member_contact(bigint)
-- security: definer
-- reads: contacts
-- writes: account_users (update)
-- grants: app
-- about: Ties the member in context to a contact of the same house, once; a joining member may not edit memberships.
create or replace function app.link_member_contact(p_contact bigint) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  update account_users m set contact_id = p_contact
   where m.account_id = nullif(current_setting('app.account_id', true), '')::bigint
     and m.id = nullif(current_setting('app.member_id', true), '')::bigint
     and m.contact_id is null
     and exists (select from contacts c
                  where c.account_id = m.account_id and c.id = p_contact and c.archived_at is null);
  return found;
end $$;

-- function: app.move_contact_reference(text, bigint, bigint, bigint[])
-- security: definer
-- reads: contacts
-- writes: account_users (update), analytics (update)
-- grants: app
-- about: Points memberships and analytics facts from one contact to another, for merges; with ids only those rows.
create or replace function app.move_contact_reference(p_table text, p_from bigint, p_to bigint, p_ids bigint[])
returns setof bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
begin
  if not app.can('contacts.merge') then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  if (select count(*) from contacts c where c.account_id = v_account and c.id in (p_from, p_to)) <> 2 then
    raise exception 'no such contacts' using errcode = '23503';
  end if;
  if p_table = 'account_users' then
    return query update account_users t set contact_id = p_to
      where t.account_id = v_account and t.contact_id = p_from and (p_ids is null or t.id = any (p_ids)) returning t.id;
  elsif p_table = 'analytics' then
    return query update analytics t set contact_id = p_to
      where t.account_id = v_account and t.contact_id = p_from and (p_ids is null or t.id = any (p_ids)) returning t.id;
  else
    raise exception 'not a table to move here: %', p_table using errcode = '42501';
  end if;
end $$;

-- function: app.fragments(text)
-- security: invoker
-- grants: app, definer
-- about: LIKE patterns of the words of a search for people; a telephone number counts as one word of digits.
create or replace function app.fragments(p_q text) returns text[]
language plpgsql immutable parallel safe
as $$
declare
  v_key text := app.search_key(p_q);
begin
  if v_key ~ '^[0-9+() ./-]+$' and length(app.phone_digits(v_key)) >= 3 then
    -- Stored numbers are international: 06 12 is found inside +33 6 12.
    return array['%' || ltrim(app.phone_digits(v_key), '0') || '%'];
  end if;
  return coalesce(app.search_patterns(p_q), '{}');
end $$;

-- function: app.search_contacts(text, text[], bigint, text[], bigint, boolean, text, text, timestamptz, bigint, boolean, integer)
-- security: definer
-- reads: contacts, contact_emails, contact_phones, organizations
-- grants: app
-- about: Ids of a page of contacts of the house in context. Words must all occur, each in name, title, e-mail, phone or
--     organisation. Owner 0 means without owner. Sorts: name, name_desc, newest, oldest.
create or replace function app.search_contacts(
  p_q text, p_tags text[], p_owner bigint, p_lifecycles text[], p_organization bigint, p_archived boolean,
  p_sort text, p_after_text text, p_after_time timestamptz, p_after_id bigint, p_backwards boolean,
  p_limit integer
) returns setof bigint
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
  v_like text[] := app.fragments(p_q);
  v_by_time boolean := p_sort in ('newest', 'oldest');
  v_down boolean := (p_sort in ('name_desc', 'newest')) is distinct from coalesce(p_backwards, false);
  v_key text := case when v_by_time then 'c.created_at' else 'c.name_sort' end;
  v_sql text := 'select c.id from contacts c where c.account_id = $1 and c.merged_into_id is null';
begin
  if p_sort not in ('name', 'name_desc', 'newest', 'oldest') then
    raise exception 'unknown sort %', p_sort using errcode = '22023';
  end if;
  v_sql := v_sql || case when p_archived then ' and c.archived_at is not null' else ' and c.archived_at is null' end;
  for i in 1 .. cardinality(v_like) loop
    if length(v_like[i]) >= 5 then
      -- One arm per trigram index; an OR over several tables could use none.
      v_sql := v_sql || format(
        ' and c.id in (select x.id from contacts x where x.account_id = $1 and x.search_text like $2[%1$s]'
        ' union select e.contact_id from contact_emails e where e.account_id = $1 and e.email_norm like $2[%1$s]'
        ' union select p.contact_id from contact_phones p where p.account_id = $1 and p.digits like $2[%1$s]'
        ' union select x.id from contacts x where x.account_id = $1 and x.organization_id = any (array('
        '   select o.id from organizations o where o.account_id = $1 and o.search_text like $2[%1$s])))', i);
    else
      -- One or two letters are in most rows: walk in sort order and stop early.
      v_sql := v_sql || format(' and (c.search_text like $2[%1$s] or exists (select from contact_emails e'
        ' where e.account_id = $1 and e.contact_id = c.id and e.email_norm like $2[%1$s]))', i);
    end if;
  end loop;
  v_sql := v_sql || case when cardinality(p_tags) > 0 then ' and c.tags @> $3' else '' end
    || case when p_owner = 0 then ' and c.owner_id is null' when p_owner is not null then ' and c.owner_id = $4' else '' end
    || case when cardinality(p_lifecycles) > 0 then ' and c.lifecycle = any ($5)' else '' end
    || case when p_organization is not null then ' and c.organization_id = $6' else '' end
    || case when p_after_id is not null
            then format(' and (%s, c.id) %s (%s, $9)', v_key, case when v_down then '<' else '>' end,
                        case when v_by_time then '$8' else '$7' end) else '' end
    || format(' order by %1$s %2$s, c.id %2$s limit $10', v_key, case when v_down then 'desc' else 'asc' end);
  return query execute v_sql using v_account, v_like, p_tags, p_owner, p_lifecycles, p_organization,
    p_after_text, p_after_time, p_after_id, least(p_limit, 200001);
end $$;

-- function: app.search_organizations(text, text[], bigint, text[], boolean, text, text, timestamptz, bigint, boolean, integer)
-- security: definer
-- reads: organizations
-- grants: app
-- about: Ids of a page of companies of the house in context. Words must all occur in name, legal name, domain or town.
--     Owner 0 means without owner. Sorts: name, name_desc, newest, oldest.
create or replace function app.search_organizations(
  p_q text, p_tags text[], p_owner bigint, p_kinds text[], p_archived boolean,
  p_sort text, p_after_text text, p_after_time timestamptz, p_after_id bigint, p_backwards boolean,
  p_limit integer
) returns setof bigint
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
  v_like text[] := app.fragments(p_q);
  v_by_time boolean := p_sort in ('newest', 'oldest');
  v_down boolean := (p_sort in ('name_desc', 'newest')) is distinct from coalesce(p_backwards, false);
  v_key text := case when v_by_time then 'o.created_at' else 'o.name_sort' end;
  v_sql text := 'select o.id from organizations o where o.account_id = $1 and o.merged_into_id is null';
begin
  if p_sort not in ('name', 'name_desc', 'newest', 'oldest') then
    raise exception 'unknown sort %', p_sort using errcode = '22023';
  end if;
  v_sql := v_sql || case when p_archived then ' and o.archived_at is not null' else ' and o.archived_at is null' end
    || case when cardinality(v_like) > 0 then ' and o.search_text like all ($2)' else '' end
    || case when cardinality(p_tags) > 0 then ' and o.tags @> $3' else '' end
    || case when p_owner = 0 then ' and o.owner_id is null' when p_owner is not null then ' and o.owner_id = $4' else '' end
    || case when cardinality(p_kinds) > 0 then ' and o.kind = any ($5)' else '' end
    || case when p_after_id is not null
            then format(' and (%s, o.id) %s (%s, $8)', v_key, case when v_down then '<' else '>' end,
                        case when v_by_time then '$7' else '$6' end) else '' end
    || format(' order by %1$s %2$s, o.id %2$s limit $9', v_key, case when v_down then 'desc' else 'asc' end);
  return query execute v_sql using v_account, v_like, p_tags, p_owner, p_kinds,
    p_after_text, p_after_time, p_after_id, least(p_limit, 200001);
end $$;
