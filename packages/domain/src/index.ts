export { assertNever } from './assert-never.ts'
export {
  Bandwidth,
  BandwidthLimit,
  formatLimit,
  formatTimetable,
  LimitNow,
  limitAt,
  parseLimit,
  parseTimetable,
  Timetable,
} from './bandwidth.ts'
export {
  Channel,
  ChannelTarget,
  MailTarget,
  PingTarget,
  PushTarget,
  takes,
  WEBHOOK_FORMATS,
  type WebhookFormat,
  WebhookTarget,
} from './channel.ts'
export { checkCopyPlace, isSamePlace } from './copy-place.ts'
export { CopyRecord, type CopyStatus } from './copy-record.ts'
export { csvTable } from './csv-table.ts'
export { drillDue } from './drill.ts'
export { ERRORS, type ErrorCode, HoldfastError, isHoldfastError, toHoldfastError } from './errors.ts'
export { formatPlace } from './format-place.ts'
export { HOLDFAST_VERSION } from './holdfast-version.ts'
export { hookTitle } from './hook-title.ts'
export {
  type DatabaseHook,
  DUMPS_LABEL,
  type DumpHook,
  dumpFile,
  Hook,
  HookCommandId,
  type HookDraft,
  HookId,
  hookIdFor,
  hookRules,
  isDump,
  isSameLogin,
} from './hooks.ts'
export { DeviceId, PlanId, RunId, SnapshotId, VaultId, WriterId } from './ids.ts'
export {
  type Announcement,
  announcementTitle,
  type Condition,
  type Incident,
  SEVERITIES,
  type Severity,
  stepIncident,
} from './incident.ts'
export { incidentMessage } from './incident-message.ts'
export { logWithHeard } from './log-with-heard.ts'
export { MachineSettings, settingsText, withoutSecrets } from './machine-settings.ts'
export {
  isOfMachine,
  machineSubject,
  silenceOf,
  USUAL_SILENCE_HOURS,
} from './machine-silence.ts'
export { type MachineState, machineState, verdictOverMachines } from './machine-verdict.ts'
export { mapPath, PathMapping } from './map-path.ts'
export { MESSAGE_KINDS, Message, type MessageKind, QuietHours, sendAt } from './message.ts'
export { parseBytes } from './parse-bytes.ts'
export { parseDuration } from './parse-duration.ts'
export { formatHook, parseHook } from './parse-hook.ts'
export { Pin } from './pin.ts'
export { Plan, planIdFor, Source, Vault } from './plan.ts'
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
  type KitFacts,
  needsProof,
  type PlanFacts,
  PROTECTION_STATES,
  type Protection,
  type ProtectionState,
  protectionOf,
  type SignInTrouble,
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
  REPORT_PERIODS,
  type Report,
  type ReportChange,
  type ReportFacts,
  type ReportPeriod,
  type ReportPeriodKind,
  type ReportPlan,
  type ReportProof,
  type ReportRun,
  reportOf,
  reportPeriod,
  reportPeriodBefore,
} from './report.ts'
export { reportCsv } from './report-table.ts'
export {
  MAILED_PERIODS,
  type MailedPeriod,
  ReportTimes,
  reportSchedule,
  USUAL_REPORT_TIMES,
} from './report-times.ts'
export { CONFLICT_RULES, ConflictRule, overwrites, Restore, Rewind } from './restore.ts'
export { RESTORE_STAGES, type RestoreStage, restoreStages, stageOf } from './restore-stages.ts'
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
export {
  intervalMs,
  lastDue,
  nextDue,
  randomDelayMs,
  Schedule,
  scheduleProblem,
  startOf,
  WHEN_ON_PERIODS,
} from './schedule.ts'
export {
  SERVICE_SCOPES,
  type ServiceByHand,
  type ServiceScope,
  type ServiceStatus,
  startsWithMachine,
} from './service.ts'
export { type BrakeFacts, brakeReason } from './source-brake.ts'
export { Standing } from './standing.ts'
export { type StripDay, type StripRun, stripHeights, stripOf } from './strip.ts'
export { TRUST_STEPS, type TrustPlatform, type TrustStep } from './trust-steps.ts'
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
export { VaultPlace } from './vault-place.ts'
export { roomProblem, VaultRoom } from './vault-room.ts'
