-- AlterTable
ALTER TABLE "deployments" DROP COLUMN "method";

-- AlterTable
ALTER TABLE "outbox" DROP COLUMN "headers";

-- DropTable
DROP TABLE "inbox";
