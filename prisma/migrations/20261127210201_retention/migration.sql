-- DropForeignKey
ALTER TABLE "operations" DROP CONSTRAINT "operations_instance_uuid_fkey";

-- AlterTable
ALTER TABLE "instances" ADD COLUMN     "expired_at" TIMESTAMPTZ;

-- AlterTable
ALTER TABLE "services" ADD COLUMN     "expired_at" TIMESTAMPTZ;

-- CreateIndex
CREATE INDEX "instances_by_deletion" ON "instances"("deleted_at", "id") WHERE (deleted_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "operations_by_end" ON "operations"("finished_at", "id") WHERE (finished_at IS NOT NULL);

-- AddForeignKey
ALTER TABLE "operations" ADD CONSTRAINT "operations_instance_uuid_fkey" FOREIGN KEY ("instance_uuid") REFERENCES "instances"("uuid") ON DELETE RESTRICT ON UPDATE CASCADE;
