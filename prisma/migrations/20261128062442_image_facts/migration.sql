-- AlterTable
ALTER TABLE "images" ADD COLUMN     "facts" JSONB,
ADD COLUMN     "refused" TEXT;

ALTER TABLE "images" DROP CONSTRAINT "images_status_known",
    ADD CONSTRAINT "images_status_known" CHECK ("status" IN ('queued', 'saving', 'active', 'deactivated'));
