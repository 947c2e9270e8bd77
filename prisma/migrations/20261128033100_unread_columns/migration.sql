-- AlterTable
ALTER TABLE "deployments" DROP COLUMN "agent_seen_at";

-- AlterTable
ALTER TABLE "instances" DROP COLUMN "scheduled_at";

-- AlterTable
ALTER TABLE "nodes" DROP COLUMN "instance_name";

-- AlterTable
ALTER TABLE "services" DROP COLUMN "report_count";
