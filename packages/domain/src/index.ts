export { assertNever } from './assert-never.ts'
export { ERRORS, type ErrorCode, HoldfastError, isHoldfastError, toHoldfastError } from './errors.ts'
export { DeviceId, PlanId, RunId, SnapshotId, VaultId, WriterId } from './ids.ts'
export { parseDuration } from './parse-duration.ts'
export { formatPlace, Plan, Source, Vault, VaultPlace } from './plan.ts'
export {
  ageLimits,
  needsProof,
  type PlanFacts,
  PROTECTION_STATES,
  type Protection,
  type ProtectionState,
  protectionOf,
  worstProtection,
} from './protection.ts'
export {
  FROZEN_REASON,
  hasKeepRule,
  KeepRules,
  type RetainedSnapshot,
  type Retention,
  retentionOf,
} from './retention.ts'
export {
  BackupSummary,
  type FinishedRun,
  LOG_LEVELS,
  LogLevel,
  LogLine,
  noProgress,
  OUTCOMES,
  Outcome,
  PHASES,
  Phase,
  Progress,
  Proof,
  Run,
  RunTrigger,
  Skipped,
} from './run.ts'
export { intervalMs, lastDue, nextDue, Schedule, scheduleProblem } from './schedule.ts'
export { type StripDay, type StripRun, stripHeights, stripOf } from './strip.ts'
export {
  DAY_MS,
  formatAge,
  formatBytes,
  formatDuration,
  GIB,
  HOUR_MS,
  KIB,
  MIB,
  MINUTE_MS,
  SECOND_MS,
} from './units.ts'
