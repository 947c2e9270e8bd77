-- AlterTable
ALTER TABLE "images" ADD COLUMN     "facts" JSONB,
ADD COLUMN     "refused" TEXT;
