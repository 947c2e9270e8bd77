-- CreateTable
CREATE TABLE "node_power" (
    "node_id" INTEGER NOT NULL,
    "power_state" INTEGER NOT NULL DEFAULT 0,
    "power_state_at" TIMESTAMPTZ,
    "power_fault" JSONB,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "node_power_pkey" PRIMARY KEY ("node_id")
);

-- AddForeignKey
ALTER TABLE "node_power" ADD CONSTRAINT "node_power_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "nodes"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the BMCs said last.
INSERT INTO "node_power" ("node_id", "power_state", "power_state_at", "power_fault")
SELECT "id", "power_state", "power_state_at", "power_fault" FROM "nodes"
 WHERE "power_state" <> 0 OR "power_state_at" IS NOT NULL OR "power_fault" IS NOT NULL;

-- AlterTable
ALTER TABLE "nodes" DROP COLUMN "power_fault",
DROP COLUMN "power_state",
DROP COLUMN "power_state_at";
