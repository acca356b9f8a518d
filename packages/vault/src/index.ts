export { type BackupEnv, type BackupEvent, type BackupRequest, backup } from './backup.ts'
export type { Damage } from './check/affected.ts'
export { type CheckEnv, type CheckEvent, type CheckSummary, check, type ReadScope } from './check.ts'
export { proveRestorable } from './prove.ts'
export {
  type RestoreEnv,
  type RestoreEvent,
  type RestoreRequest,
  type RestoreSummary,
  restore,
} from './restore.ts'
export { pathToText, textToPath } from './scan/path-text.ts'
export { browseFolder, type Entry, listEntries } from './snapshot/list-entries.ts'
export { listSnapshots, type SnapshotInfo } from './snapshots.ts'
export { createVault, type EngineEnv, inspectPlace, type VaultDoors } from './vault/create-vault.ts'
export { type CryptPasswords, cryptPasswordsOf } from './vault/keys.ts'
export { type OpenedVault, openVault, type VaultSecret } from './vault/open-vault.ts'
export { newWriterId } from './vault/writer.ts'
