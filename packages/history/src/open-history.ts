import { MINUTE_MS } from '@holdfast/domain'
import { type AuditAct, type AuditTrail, createAuditTrail } from './audit.ts'
import { type BroughtBack, bringBack } from './bring-back.ts'
import { openDatabase } from './database.ts'
import { createDeliveryStore, type DeliveryStore } from './deliveries.ts'
import { createDeviceStore, type DeviceStore } from './devices.ts'
import { type ExportedLine, exportSince, type HistoryPosition } from './export-since.ts'
import { type HomeFacts, type HomeQuery, homeFacts } from './home-facts.ts'
import { createIncidentStore, type IncidentStore } from './incidents.ts'
import { createPlanStore, createVaultStore, type PlanStore, type VaultStore } from './plans.ts'
import { createProofStore, type ProofStore } from './proofs.ts'
import { rememberReads } from './remember-reads.ts'
import { reportFacts, type StoredReportFacts } from './report-facts.ts'
import { createRestoreStore, type RestoreStore } from './restores.ts'
import { createRunLog, type RunLog } from './run-log.ts'
import { createRunStore, type RunStore } from './runs.ts'
import { createMachineStore, createSettingStore, type MachineStore, type SettingStore } from './settings.ts'

/**
 * What this machine remembers, in one SQLite file. Every change is atomic and on the disk when its promise resolves;
 * changes happen in the order of the calls. Any method rejects with DATABASE_BUSY when another program keeps writing,
 * and with DATABASE_DAMAGED when a row can't be read.
 */
export type History = AsyncDisposable & {
  readonly machine: MachineStore
  readonly plans: PlanStore
  readonly vaults: VaultStore
  readonly runs: RunStore
  readonly log: RunLog
  readonly restores: RestoreStore
  readonly proofs: ProofStore
  readonly devices: DeviceStore
  readonly audit: AuditTrail
  readonly settings: SettingStore
  readonly incidents: IncidentStore
  readonly deliveries: DeliveryStore
  /** Everything that the home screen needs, at once. */
  homeFacts(query: HomeQuery): Promise<HomeFacts>
  /** Everything that a report is made from since a moment, oldest first. */
  reportFacts(since: Date): Promise<StoredReportFacts>
  /** Finished runs and audit entries after a position, for the copy in a vault; see `exportSince`. */
  exportSince(from: HistoryPosition): Promise<{ lines: ExportedLine[]; to: HistoryPosition }>
  /** Takes another installation's history over into an empty database; see `bringBack`. */
  bringBack(what: BroughtBack, options: { audit: AuditAct }): Promise<void>
}

/**
 * Opens the database (made when missing; its folder must be there) and brings it to this program's schema, after a copy
 * of one that needs it. DATABASE_NEWER when a newer program wrote it, DATABASE_DAMAGED when it is no database; then it
 * is left as it was. Disposing waits for the changes under way. One agent per file: a second opening works, but each
 * write waits for the other's, and what this one remembers of settings, sessions and home is as before.
 */
export async function openHistory({
  file,
  clock,
}: {
  file: string
  clock: { nowMs(): number }
}): Promise<History> {
  const database = await openDatabase({ file, nowMs: clock.nowMs() })
  const incidents = createIncidentStore(database)
  const remember = rememberReads(database)
  return {
    machine: createMachineStore(database),
    plans: createPlanStore(database),
    vaults: createVaultStore(database),
    runs: createRunStore(database),
    log: createRunLog(database),
    restores: createRestoreStore(database),
    proofs: createProofStore(database),
    devices: createDeviceStore(database, remember),
    audit: createAuditTrail(database),
    settings: createSettingStore(database, remember),
    incidents,
    deliveries: createDeliveryStore(database),
    homeFacts: (query) => {
      // The strip begins a day early, so a minute more or less of its past shows nowhere.
      const minute = Math.floor(query.now.getTime() / MINUTE_MS)
      const key = `home ${minute} ${query.stripDays} ${query.recentRuns}`
      return remember(key, () => homeFacts(database, query))
    },
    reportFacts: (since) => reportFacts(database, { since, incidents }),
    exportSince: (from) => exportSince(database, from),
    bringBack: (what, options) => bringBack(database, what, options),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
