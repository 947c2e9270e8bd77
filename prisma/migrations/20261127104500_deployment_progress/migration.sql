-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "progress_at" TIMESTAMPTZ;

-- Of what is under way the last that a helper told, as compute looked for it before.
UPDATE deployments d
   SET progress_at = (SELECT max(e."time") FROM events e JOIN nodes n ON n.uuid::text = e.subject
                       WHERE n.id = d.node_id AND e.epoch = d.epoch
                         AND (e.type = 'deploy.started' OR (e.type = 'deploy.progress' AND e.data ->> 'phase' <> 'queued')))
 WHERE d.deadline_at IS NOT NULL;
