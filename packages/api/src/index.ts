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
  type Restore,
  ROLES,
  type Role,
  type SnapshotInfo,
} from './context.ts'
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
export type { ExcludePreview, FoundPreset, Omitted, SourceCount, SourcesPort } from './ports/sources.ts'
export { type ErrorData, ErrorDataSchema } from './procedures.ts'
export { type AppRouter, appRouter } from './router.ts'
