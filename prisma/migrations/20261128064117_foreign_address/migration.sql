-- AlterTable
ALTER TABLE "boots" ADD COLUMN     "foreign_address" TEXT;
