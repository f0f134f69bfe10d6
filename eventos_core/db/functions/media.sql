-- Finding stored files.

-- function: app.search_media(text, text[], text[], text[], bigint, date, date, boolean, timestamptz, bigint, boolean, integer)
-- security: definer
-- reads: media_assets
-- grants: app
-- about: Ids of a page of files of the house in context, newest first. Words must all occur in title, name, description or
--     credit; p_kinds are main content types, p_rights kinds of usage; the last day of the rights lies in [p_from, p_to].
create or replace function app.search_media(
  p_q text, p_tags text[], p_kinds text[], p_rights text[], p_event bigint, p_from date, p_to date,
  p_archived boolean, p_after timestamptz, p_after_id bigint, p_backwards boolean, p_limit integer
) returns setof bigint
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
  v_like text[] := app.search_patterns(p_q);
  v_words text;
begin
  select string_agg(format(' and m.search_text like $2[%s]', i), '' order by i)
  into v_words from generate_subscripts(v_like, 1) as i;
  return query execute
    'select m.id from media_assets m where m.account_id = $1 and m.archived_at is '
    || case when p_archived then 'not null' else 'null' end
    || coalesce(v_words, '')
    || case when cardinality(p_tags) > 0 then ' and m.tags @> $3' else '' end
    || case when cardinality(p_kinds) > 0 then ' and m.media_kind = any ($4)' else '' end
    || case when cardinality(p_rights) > 0 then ' and m.usage_rights = any ($5)' else '' end
    || case when p_event is not null then ' and m.event_id = $6' else '' end
    || case when p_from is not null then ' and m.rights_until >= $7' else '' end
    || case when p_to is not null then ' and m.rights_until <= $8' else '' end
    || case when p_after_id is null then ''
            when p_backwards then ' and (m.created_at, m.id) > ($9, $10)'
            else ' and (m.created_at, m.id) < ($9, $10)' end
    || case when p_backwards then ' order by m.created_at, m.id' else ' order by m.created_at desc, m.id desc' end
    || ' limit $11'
  using v_account, v_like, p_tags, p_kinds, p_rights, p_event, p_from, p_to, p_after, p_after_id,
    least(greatest(p_limit, 1), 200001);
end $$;
