export { acceptSnapshot } from './accept-snapshot.ts'
export { type AuditHead, auditHeads } from './audit-heads.ts'
export { type BackupEnv, type BackupEvent, type BackupRequest, backup } from './backup.ts'
export type { Damage } from './check/affected.ts'
export type { DamageKind } from './check/findings.ts'
export {
  type CheckEnv,
  type CheckEvent,
  type CheckRequest,
  type CheckSummary,
  check,
  type ReadScope,
} from './check.ts'
export type { HeldBack } from './copy/delete-surplus.ts'
export type { CopyPlace } from './copy/survey-both.ts'
export { type CopyEvent, type CopyRequest, type CopySummary, copyVault } from './copy-vault.ts'
export { type DeletedFile, deletedFiles } from './deleted-files.ts'
export { type DiffEntry, type DiffEvent, type DiffTotals, diffSnapshots } from './diff-snapshots.ts'
export { type DrillEvent, type DrillRequest, type DrillSummary, drill } from './drill.ts'
export { type FileVersion, fileVersions } from './file-versions.ts'
export { type FindEvent, type FoundEntry, findEntries } from './find-entries.ts'
export { buildNameCache, type NameCacheSummary } from './names/build-name-cache.ts'
export {
  previewRewind,
  type RewindChange,
  type RewindPreview,
} from './preview-rewind.ts'
export {
  type ProbeCheck,
  type ProbeFinding,
  type ProbeResult,
  probeStore,
} from './probe.ts'
export { listPrograms, type Programs, type StoredProgram } from './program/list-programs.ts'
export type { ProgramEntry } from './program/program-entry.ts'
export type { ProgramFacts } from './program/program-format.ts'
export { type ProgramRequest, type PutProgramSummary, putProgram } from './program/put-program.ts'
export { takeProgram } from './program/take-program.ts'
export { proveRestorable } from './prove.ts'
export type { KnownSeqs } from './prune/read-vault-state.ts'
export {
  type PruneEvent,
  type PruneRequest,
  type PruneSummary,
  prune,
} from './prune.ts'
export { type ByteRange, readFile } from './read-file.ts'
export { readSelection, type SelectedEntry } from './read-selection.ts'
export { type RepairEvent, type RepairRequest, type RepairSummary, repair } from './repair.ts'
export type { Owner } from './restore/owner-by.ts'
export {
  type RestoreEnv,
  type RestoreEvent,
  type RestoreRequest,
  type RestoreSummary,
  restore,
} from './restore.ts'
export { type RewindEvent, type RewindRequest, type RewindSummary, rewind } from './rewind.ts'
export { pathToText, textToPath } from './scan/path-text.ts'
export {
  type HistoryGap,
  HistoryLine,
  putHistory,
  readHistory,
  type StoredHistory,
} from './settings/history.ts'
export { putSettings, readSettings, type StoredSettings } from './settings/machine-settings.ts'
export type { HistorySeqs } from './settings/settings-format.ts'
export { makeSettingsKey, openSettingsKey } from './settings/settings-key.ts'
export type { BrokenSettings, SettingsWriter } from './settings/settings-objects.ts'
export { browseFolder, type Entry, listEntries } from './snapshot/list-entries.ts'
export { listSnapshots, type SnapshotInfo } from './snapshots.ts'
export {
  type ChangedPassphrase,
  changePassphrase,
  type PassphraseChange,
} from './vault/change-passphrase.ts'
export type { Claim } from './vault/claim-format.ts'
export {
  type ClaimRequest,
  claimWriter,
  readClaims,
  type WriterClaims,
  writersIn,
} from './vault/claims.ts'
export { createVault, type EngineEnv, inspectPlace, type VaultDoors } from './vault/create-vault.ts'
export { type KeyInfo, listKeys } from './vault/key-files.ts'
export { type CryptPasswords, cryptPasswordsOf } from './vault/keys.ts'
export { isKitCurrent, type Kit, kitWriters, makeKit, openKit } from './vault/kit.ts'
export { type KitContents, type KitFile, readKit } from './vault/kit-format.ts'
export { kitFromText, kitParts } from './vault/kit-parts.ts'
export { type OpenedVault, openVault, unwrapAhead, type VaultSecret } from './vault/open-vault.ts'
export { newWriterId } from './vault/writer.ts'
