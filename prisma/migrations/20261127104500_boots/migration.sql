-- CreateTable
CREATE TABLE "boots" (
    "node_id" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "prepared_mode" TEXT,
    "prepared_at" TIMESTAMPTZ,
    "prepare_fault" JSONB,
    "prepare_fault_at" TIMESTAMPTZ,
    "boot_try" INTEGER NOT NULL DEFAULT 0,
    "token_hash" TEXT,
    "dhcp_at" TIMESTAMPTZ,
    "script_at" TIMESTAMPTZ,
    "kernel_at" TIMESTAMPTZ,
    "ramdisk_at" TIMESTAMPTZ,
    "loop_at" TIMESTAMPTZ,
    "foreign_dhcp_at" TIMESTAMPTZ,
    "local_script_at" TIMESTAMPTZ,
    "local_dhcp_at" TIMESTAMPTZ,
    "phone_home_at" TIMESTAMPTZ,
    "first_sign_at" TIMESTAMPTZ,

    CONSTRAINT "boots_pkey" PRIMARY KEY ("node_id","epoch")
);

-- What the events and the node's row say of each boot so far: an operation under way goes on from there, and one that has ended keeps
-- its last milestone. All but `prepared` and DHCP counts only since the last deploy script, which began a new try.
WITH seen AS (
    SELECT n.id AS node_id, e.epoch, e.n, e.type, e.data, e.time,
           max(e.n) FILTER (WHERE e.type = 'boot.script' AND e.data ->> 'mode' = 'deploy') OVER boot AS script,
           max(e.n) FILTER (WHERE e.type IN ('boot.prepared', 'boot.failed')) OVER boot AS answer
      FROM events e JOIN nodes n ON n.uuid::text = e.subject
     WHERE e.epoch IS NOT NULL AND e.type LIKE 'boot.%'
    WINDOW boot AS (PARTITION BY n.id, e.epoch)
)
INSERT INTO boots (node_id, epoch, prepared_mode, prepared_at, prepare_fault, prepare_fault_at, boot_try, dhcp_at, script_at,
                   kernel_at, ramdisk_at, loop_at, foreign_dhcp_at, local_script_at, local_dhcp_at, phone_home_at)
SELECT node_id, epoch,
       max(data ->> 'boot_mode') FILTER (WHERE n = answer AND type = 'boot.prepared'),
       max(time) FILTER (WHERE n = answer AND type = 'boot.prepared'),
       (array_agg(data -> 'fault') FILTER (WHERE n = answer AND type = 'boot.failed'))[1],
       max(time) FILTER (WHERE n = answer AND type = 'boot.failed'),
       coalesce(max((data ->> 'boot_try')::int) FILTER (WHERE n = script), 0),
       max(time) FILTER (WHERE type = 'boot.dhcp'),
       max(time) FILTER (WHERE n = script),
       min(time) FILTER (WHERE type = 'boot.kernel' AND n > coalesce(script, 0)),
       min(time) FILTER (WHERE type = 'boot.ramdisk' AND n > coalesce(script, 0)),
       min(time) FILTER (WHERE type = 'boot.loop' AND n > coalesce(script, 0)),
       min(time) FILTER (WHERE type = 'boot.foreign_dhcp' AND n > coalesce(script, 0)),
       min(time) FILTER (WHERE type = 'boot.script' AND data ->> 'mode' = 'local' AND n > coalesce(script, 0)),
       min(time) FILTER (WHERE type = 'boot.local.dhcp' AND n > coalesce(script, 0)),
       min(time) FILTER (WHERE type = 'boot.local.phone_home' AND n > coalesce(script, 0))
  FROM seen
 GROUP BY node_id, epoch;

INSERT INTO boots (node_id, epoch, boot_try, token_hash)
SELECT id, epoch, boot_try, boot_token_hash FROM nodes WHERE boot_try > 0 OR boot_token_hash IS NOT NULL
ON CONFLICT (node_id, epoch) DO UPDATE SET boot_try = excluded.boot_try, token_hash = excluded.token_hash;

UPDATE boots b SET first_sign_at = i.first_sign_at
  FROM nodes n JOIN instances i ON i.uuid = n.instance_uuid
 WHERE n.id = b.node_id AND n.epoch = b.epoch AND i.first_sign_at IS NOT NULL;

-- AlterTable
ALTER TABLE "nodes" DROP COLUMN "boot_token_hash",
DROP COLUMN "boot_try";
