-- DropIndex
DROP INDEX "operations_by_lease";

-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "touched" TEXT;

-- AlterTable
ALTER TABLE "operations" DROP COLUMN "claim",
DROP COLUMN "lease_until",
DROP COLUMN "owner",
DROP COLUMN "wakes",
ADD COLUMN     "awaiting_key" TEXT,
ADD COLUMN     "begun_at" TIMESTAMPTZ,
ADD COLUMN     "undo_from" TEXT;

-- What is under way goes on: the step that is open, and the power command that it waits for.
UPDATE "operation_steps" s SET "finished_at" = s."started_at", "result" = 'Error'
 WHERE s."finished_at" IS NULL
   AND EXISTS (SELECT 1 FROM "operation_steps" l
                WHERE l."operation_id" = s."operation_id" AND l."finished_at" IS NULL AND l."id" > s."id");
UPDATE "operations" o SET "begun_at" = s."started_at"
  FROM "operation_steps" s WHERE s."operation_id" = o."id" AND s."finished_at" IS NULL;
UPDATE "operations" SET "awaiting_key" =
         concat_ws('/', "id", "attempt", CASE WHEN "undoing" THEN 'undo:' ELSE '' END || "step", "step_attempt")
 WHERE "awaiting" = 'power';
-- Of a node that has a server, or is being freed of one, nobody knows any more what was asked of it: of all that could be.
UPDATE "nodes" SET "touched" = 'power'
 WHERE "instance_uuid" IS NOT NULL OR ("task_state" IS NOT NULL AND "task_state" <> 'deleted');

-- CreateIndex
CREATE UNIQUE INDEX "operation_steps_one_open" ON "operation_steps"("operation_id") WHERE (finished_at IS NULL);

-- Guards that Prisma has no words for.

ALTER TABLE "nodes"
    ADD CONSTRAINT "nodes_touched_known" CHECK ("touched" IN ('boot', 'power'));

-- From the tables of the lifecycles (prisma/state-checks.mjs).

UPDATE "instances" SET "task_state" = NULL WHERE "vm_state" IN ('deleted', 'error', 'active', 'stopped') AND "task_state" <> 'deleting';
UPDATE "instances" SET "task_state" = NULL WHERE "vm_state" = 'deleted';
ALTER TABLE "instances"
    ADD CONSTRAINT "instances_task_state_known" CHECK (("vm_state" = 'building' AND ("task_state" IS NULL OR "task_state" IN ('scheduling', 'networking', 'block_device_mapping', 'spawning', 'deleting'))) OR ("vm_state" = 'active' AND ("task_state" IS NULL OR "task_state" IN ('rebooting', 'rebooting_hard', 'deleting'))) OR ("vm_state" = 'stopped' AND ("task_state" IS NULL OR "task_state" IN ('rebooting', 'rebooting_hard', 'deleting'))) OR ("vm_state" = 'error' AND ("task_state" IS NULL OR "task_state" IN ('rebooting', 'rebooting_hard', 'deleting'))) OR ("vm_state" = 'deleted' AND ("task_state" IS NULL)));
ALTER TABLE "images"
    ADD CONSTRAINT "images_status_known" CHECK ("status" IN ('queued', 'saving', 'active'));
