-- AlterTable
ALTER TABLE "power_commands" ADD COLUMN     "work_ms" INTEGER;
