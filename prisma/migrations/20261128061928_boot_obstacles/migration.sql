-- AlterTable
ALTER TABLE "boots" ADD COLUMN     "no_loader_at" TIMESTAMPTZ,
ADD COLUMN     "no_loader_for" TEXT,
ADD COLUMN     "other_card" TEXT,
ADD COLUMN     "other_card_at" TIMESTAMPTZ,
ADD COLUMN     "served_card" TEXT;
