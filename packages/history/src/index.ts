export type {
  AuditAct,
  AuditEntry,
  AuditFilter,
  AuditTrail,
  AuditVerdict,
  WithAudit,
} from './audit.ts'
export { AuditActor } from './audit.ts'
export type { BroughtBack } from './bring-back.ts'
export type { Attempt, Delivery, DeliveryStore, NewDelivery, Occasion } from './deliveries.ts'
export { type DeviceStore, StoredDevice } from './devices.ts'
export type { ExportedLine, HistoryPosition } from './export-since.ts'
export type { HomeFacts, HomeQuery, PlanHistory } from './home-facts.ts'
export type { IncidentStore } from './incidents.ts'
export { type History, openHistory } from './open-history.ts'
export type { PlanStore, VaultStore } from './plans.ts'
export type { ProofStore } from './proofs.ts'
export type { RestoreStore } from './restores.ts'
export type { RunLog } from './run-log.ts'
export type { RunTotals } from './run-totals.ts'
export type { NewRun, Queued, RunEnd, RunStore } from './runs.ts'
export { Machine, type MachineStore, type SettingStore } from './settings.ts'
