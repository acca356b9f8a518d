export {
  type Actor,
  type ApiContext,
  type ApiPorts,
  type BrowseEntry,
  type Device,
  type FolderListing,
  type Home,
  type LiveEvent,
  type NewPlan,
  type PlaceFindings,
  type PlanCard,
  type PlanChange,
  ROLES,
  type Role,
  type RunTransfers,
  type SnapshotInfo,
} from './context.ts'
export type { AuditCheck, AuditEntryInfo, AuditPort, AuditQuery } from './ports/audit.ts'
export type { BandwidthPort, BandwidthStatus } from './ports/bandwidth.ts'
export type { Confirmation, PairAnswer, StepUpState, WaitingDevice } from './ports/devices.ts'
export type { Drill, DrillsPort } from './ports/drills.ts'
export type {
  DeletedFile,
  DiffCounts,
  DiffRow,
  FindPort,
  FoundPath,
  PathVersion,
  Preview,
  PreviewQuery,
  RunChanges,
  Shown,
} from './ports/find.ts'
export type { HookCommands, HooksPort } from './ports/hooks.ts'
export type { KitPort, KitStatus, MadeKit } from './ports/kit.ts'
export type { ChannelInfo, ChannelRequest, DeliveryInfo, KnowPort, TestAnswer } from './ports/know.ts'
export type { LanPort, LanStatus, QrPicture } from './ports/lan.ts'
export type {
  AddedMachine,
  MachinesPort,
  NearbyMachine,
  WatchedMachine,
  WatchedPlan,
} from './ports/machines.ts'
export type { MetricsPort } from './ports/metrics.ts'
export type {
  FoundMachine,
  HeldRemote,
  RecoverData,
  Recovered,
  RecoverFindings,
  RecoverFrom,
  RecoverHow,
  RecoverPort,
  RecoverState,
} from './ports/recover.ts'
export type {
  RemoteConversation,
  RemoteDetails,
  RemoteFolders,
  RemoteInfo,
  RemoteRequest,
  RemotesPort,
  RemoteTest,
  RemoteUse,
  SignInState,
  SpokenProblem,
} from './ports/remotes.ts'
export type { ReportFormat, ReportQuery, ReportsPort } from './ports/reports.ts'
export type { Download, RestoreRequest, RestoresPort, RewindPreview } from './ports/restores.ts'
export type { ServicePort } from './ports/service.ts'
export type { ExcludePreview, FoundPreset, Omitted, SourceCount, SourcesPort } from './ports/sources.ts'
export { type ErrorData, ErrorDataSchema } from './procedures.ts'
export { type AppRouter, appRouter } from './router.ts'
