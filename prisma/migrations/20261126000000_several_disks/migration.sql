-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "data_of" UUID[] DEFAULT ARRAY[]::UUID[],
ADD COLUMN     "keep_disks" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "root_device" JSONB;

-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "bios_drive" INTEGER,
ADD COLUMN     "disks" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "empties" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "probes" TEXT NOT NULL DEFAULT '';
