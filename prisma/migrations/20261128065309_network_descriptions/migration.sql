-- AlterTable
ALTER TABLE "networks" ADD COLUMN     "description" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "ports" ADD COLUMN     "description" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "subnets" ADD COLUMN     "description" TEXT NOT NULL DEFAULT '';
