-- Deals by fragment and tag, over the trigram indexes that row security keeps from plain conditions.

-- function: app.deals_found(text, text[])
-- security: definer
-- reads: opportunities, organizations, contacts
-- grants: app
-- about: Ids of deals of the house in context where every word occurs, each in the deal, its company or its main contact,
--     and that carry all the tags. For conditions of lists; both empty finds none.
create or replace function app.deals_found(p_q text, p_tags text[]) returns setof bigint
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
  v_like text[] := coalesce(app.search_patterns(p_q), '{}');
  v_sql text := 'select d.id from opportunities d where d.account_id = $1';
begin
  if not app.can('sales.read') or (cardinality(v_like) = 0 and cardinality(p_tags) = 0) then
    return;
  end if;
  for i in 1 .. cardinality(v_like) loop
    -- One arm per trigram index; an OR over several tables could use none.
    v_sql := v_sql || format(
      ' and d.id in (select x.id from opportunities x where x.account_id = $1 and x.search_text like $2[%1$s]'
      ' union select x.id from opportunities x where x.account_id = $1 and x.organization_id = any (array('
      '   select o.id from organizations o where o.account_id = $1 and o.search_text like $2[%1$s]))'
      ' union select x.id from opportunities x where x.account_id = $1 and x.contact_id = any (array('
      '   select c.id from contacts c where c.account_id = $1 and c.search_text like $2[%1$s])))', i);
  end loop;
  if cardinality(p_tags) > 0 then
    v_sql := v_sql || ' and d.tags @> $3';
  end if;
  return query execute v_sql using v_account, v_like, p_tags;
end $$;
