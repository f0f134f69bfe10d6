-- function: app.search_patterns(text)
-- security: invoker
-- grants: app, definer, migrator
-- about: The words of a search as LIKE patterns, at most eight; all must be found. NULL for an empty search.
create or replace function app.search_patterns(q text) returns text[]
language sql immutable parallel safe
as $$
  select array_agg('%' || replace(replace(replace(w, '\', '\\'), '%', '\%'), '_', '\_') || '%')
  from (
    select distinct w from unnest(string_to_array(app.search_key(q), ' ')) as w where w <> '' limit 8
  ) as words
$$;

-- function: app.search_everything(text, integer)
-- security: definer
-- reads: events, contacts, contact_emails, organizations, venues, sessions, opportunities, attendees, orders,
--        fashion_designers, models
-- grants: app
-- about: The best matches of each kind that the actor may read, best first; rank 0 to 2, above 1 when the name begins so.
create or replace function app.search_everything(p_q text, p_per_kind integer default 5)
returns table (kind text, id bigint, title text, subtitle text, rank real, event_id bigint)
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_fragments text[] := app.search_patterns(p_q);
  v_key text := app.search_key(p_q);
  v_kind record;
  v_like text;
begin
  if v_fragments is null then
    return;
  end if;
  for v_kind in
    select * from (values
      ('event', 'events', 'events.read', 'name', 'season', 'null::bigint', 't.archived_at is null'),
      ('contact', 'contacts', 'contacts.read', 'full_name', 'job_title', 'null::bigint',
        't.archived_at is null and t.merged_into_id is null'),
      ('organization', 'organizations', 'contacts.read', 'name', 'city', 'null::bigint',
        't.archived_at is null and t.merged_into_id is null'),
      ('venue', 'venues', 'venues.read', 'name', 'city', 'null::bigint', 't.archived_at is null'),
      ('session', 'sessions', 'events.read', 'title', 'track', 't.event_id', 'true'),
      ('opportunity', 'opportunities', 'sales.read', 'name', 'product', 't.event_id', 't.archived_at is null'),
      ('attendee', 'attendees', 'guests.read', 'name', 'email', 't.event_id', 'true'),
      ('order', 'orders', 'guests.read', 'code', 'status', 't.event_id', 'true'),
      ('designer', 'fashion_designers', 'show.read', 'label', 'city', 'null::bigint', 't.archived_at is null'),
      ('model', 'models', 'show.read', 'display_name', 'status', 'null::bigint', 't.archived_at is null')
    ) as k (kind, relation, permission, title, subtitle, event, condition)
    where app.can(k.permission)
  loop
    select string_agg(format('t.search_text like $2[%s]', i), ' and ' order by i)
    into v_like from generate_subscripts(v_fragments, 1) as i;
    if v_kind.kind = 'contact' then
      v_like := format(
        '((%s) or t.id in (select e.contact_id from public.contact_emails e where e.account_id = $1 and e.email_norm like $4))',
        v_like);
    end if;
    return query execute format(
      'select %L::text, t.id, t.%I::text, t.%I::text,'
      ' (extensions.word_similarity($3, t.search_text)'
      '  + case when app.sort_key(t.%I) ^@ $3 then 1 else 0 end)::real as rank, %s'
      ' from public.%I t where t.account_id = $1 and %s and %s order by rank desc, t.id desc limit $5',
      v_kind.kind, v_kind.title, v_kind.subtitle, v_kind.title, v_kind.event, v_kind.relation, v_kind.condition, v_like)
    using nullif(current_setting('app.account_id', true), '')::bigint, v_fragments, v_key,
      '%' || replace(replace(replace(v_key, '\', '\\'), '%', '\%'), '_', '\_') || '%',
      least(greatest(p_per_kind, 1), 50);
  end loop;
end $$;
