export { assertNever } from './assert-never.ts'
export { ERRORS, type ErrorCode, HoldfastError, isHoldfastError, toHoldfastError } from './errors.ts'
export { DeviceId, PlanId, RunId, SnapshotId, VaultId, WriterId } from './ids.ts'
export { MachineSettings, settingsText, withoutSecrets } from './machine-settings.ts'
export { parseBytes } from './parse-bytes.ts'
export { parseDuration } from './parse-duration.ts'
export { formatPlace, Plan, planIdFor, Source, Vault, VaultPlace } from './plan.ts'
export { PlanOptions } from './plan-options.ts'
export {
  BOOTSTRAP_LISTS,
  type BootstrapList,
  PLATFORMS,
  type Platform,
  PRESET_GROUPS,
  PRESETS,
  type Preset,
  type PresetGroup,
} from './presets.ts'
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
  type FormField,
  OPTION_KINDS,
  type OptionExample,
  type OptionKind,
  type Provider,
  type ProviderOption,
  type ProviderSummary,
  type RemoteForm,
  type RemoteValues,
  remoteForm,
  remoteNameProblem,
  remoteValues,
  valueProblem,
} from './remote-form.ts'
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
export { type BrakeFacts, brakeReason } from './source-brake.ts'
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
