-- view: public.my_organization_metrics
-- reads: account_daily_metrics, metric_targets
-- grants: app, backup
-- about: The house's own figures per day beside the target whose period the day falls in; NULL target = none set.
create or replace view public.my_organization_metrics with (security_invoker = true) as
select m.account_id, m.on_day, m.metric, m.unit, m.currency, m.value, m.denominator, m.is_final, m.computed_at,
  t.id as target_id, t.period as target_period, t.starts_on as target_starts_on, t.ends_on as target_ends_on,
  t.value as target_value
from public.account_daily_metrics m
left join public.metric_targets t
  on t.account_id = m.account_id and t.metric = m.metric and t.scope = 'account'
  and t.currency is not distinct from m.currency and m.on_day >= t.starts_on and m.on_day < t.ends_on
where m.member_id is null;
