-- The events of each service have streams of their own, and the row that is named by a subject alone numbers events.
-- What waits goes to the stream of a service that may publish it, in its order, and belongs to nobody who lives.
UPDATE outbox SET aggregate = CASE
    WHEN routing_key LIKE 'node.power.%' THEN 'power'
    WHEN routing_key LIKE 'boot.%' OR routing_key = 'instance.first_sign' THEN 'boot'
    WHEN routing_key LIKE 'agent.%' OR routing_key LIKE 'deploy.%' THEN 'deploy-helper'
    WHEN routing_key IN ('node.enrolled', 'node.changed', 'node.removed', 'aggregate.changed', 'instance.created') THEN 'api'
    WHEN routing_key = 'instance.scheduled' THEN 'scheduler'
    ELSE 'compute'
  END || '.events:' || aggregate
 WHERE kind = 'event' AND strpos(aggregate, ':') = 0;
UPDATE outbox SET ordinal = numbered.ordinal
  FROM (SELECT seq, row_number() OVER (PARTITION BY aggregate ORDER BY seq) AS ordinal FROM outbox WHERE kind = 'event') AS numbered
 WHERE outbox.seq = numbered.seq;
UPDATE streams SET sent = written, owner = NULL WHERE strpos(aggregate, ':') = 0;
INSERT INTO streams (aggregate, written, owner)
SELECT aggregate, count(*), 'nobody' FROM outbox WHERE kind = 'event' GROUP BY aggregate;
