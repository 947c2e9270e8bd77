-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "bmc_reached" BOOLEAN NOT NULL DEFAULT true;

-- Of free nodes that no reading has succeeded for, it is not known.
UPDATE "nodes" SET "bmc_reached" = false
 WHERE "deleted_at" IS NULL AND "instance_uuid" IS NULL
   AND NOT EXISTS (SELECT FROM "node_power" p
                    WHERE p."node_id" = "nodes"."id" AND (p."power_state" <> 0 OR p."version" > 1));
