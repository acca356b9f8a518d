-- AlterTable
ALTER TABLE "plan" ADD COLUMN "optionsJson" TEXT NOT NULL DEFAULT '{}';
ALTER TABLE "plan" ADD COLUMN "removedAt" DATETIME;
