-- CreateTable
CREATE TABLE "incident" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "sentence" TEXT NOT NULL,
    "openedAt" DATETIME NOT NULL,
    "reminders" INTEGER NOT NULL DEFAULT 0,
    "flapping" BOOLEAN NOT NULL DEFAULT false,
    "calmSince" DATETIME,
    "recoveredAt" DATETIME
);

-- CreateTable
CREATE TABLE "delivery" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "messageJson" TEXT NOT NULL,
    "channelId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL,
    "dueAt" DATETIME NOT NULL,
    "finishedAt" DATETIME,
    "answer" TEXT
);

-- CreateIndex
CREATE UNIQUE INDEX "incident_id_key" ON "incident"("id");

-- CreateIndex
CREATE INDEX "incident_subject_openedAt_idx" ON "incident"("subject", "openedAt");

-- CreateIndex
CREATE INDEX "incident_recoveredAt_idx" ON "incident"("recoveredAt");

-- CreateIndex
CREATE INDEX "delivery_state_dueAt_idx" ON "delivery"("state", "dueAt");

-- CreateIndex
CREATE INDEX "delivery_channelId_seq_idx" ON "delivery"("channelId", "seq");
