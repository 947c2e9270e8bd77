-- AlterTable
ALTER TABLE "users" ADD COLUMN     "configured_proof" TEXT;
