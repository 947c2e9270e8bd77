-- Operations and steps that have names of their own by now: those under way go on under them.
UPDATE operations SET kind = 'reclaim' WHERE kind = 'clean';
UPDATE operations SET step = CASE kind WHEN 'delete' THEN 'revokeServer' ELSE 'revokeBuild' END WHERE step = 'revoke';
UPDATE operation_steps SET step = CASE o.kind WHEN 'delete' THEN 'revokeServer' ELSE 'revokeBuild' END
  FROM operations o WHERE o.id = operation_steps.operation_id AND operation_steps.step = 'revoke';
