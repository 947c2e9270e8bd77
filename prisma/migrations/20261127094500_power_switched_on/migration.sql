-- AlterTable
ALTER TABLE "power_commands" ADD COLUMN     "switched_on_at" TIMESTAMPTZ;

-- Of boots that are under way.
UPDATE "power_commands" c SET "switched_on_at" = e."time"
  FROM "nodes" n JOIN "events" e ON e."subject" = n."uuid"::text AND e."epoch" = n."epoch" AND e."type" = 'node.power.on'
 WHERE c."node_id" = n."id" AND c."epoch" = n."epoch" AND c."key" = e."data" ->> 'key';
