import type {
  CopyStatus,
  DeviceId,
  KeepRules,
  LogLine,
  Plan,
  PlanId,
  PlanOptions,
  Progress,
  Proof,
  Protection,
  Restore,
  Run,
  RunId,
  Schedule,
  SignInTrouble,
  SnapshotId,
  Source,
  StripDay,
  VaultPlace,
} from '@holdfast/domain'
import type { AuditPort } from './ports/audit.ts'
import type { BandwidthPort } from './ports/bandwidth.ts'
import type { DevicesPort } from './ports/devices.ts'
import type { DrillsPort } from './ports/drills.ts'
import type { FindPort } from './ports/find.ts'
import type { HooksPort } from './ports/hooks.ts'
import type { KitPort } from './ports/kit.ts'
import type { KnowPort } from './ports/know.ts'
import type { LanPort } from './ports/lan.ts'
import type { MachinesPort } from './ports/machines.ts'
import type { MetricsPort } from './ports/metrics.ts'
import type { RecoverPort } from './ports/recover.ts'
import type { RemotesPort } from './ports/remotes.ts'
import type { ReportsPort } from './ports/reports.ts'
import type { RestoresPort } from './ports/restores.ts'
import type { ServicePort } from './ports/service.ts'
import type { SourcesPort } from './ports/sources.ts'

/** What a device may do; each role includes the ones before it. */
export const ROLES = ['viewer', 'operator', 'restorer', 'owner'] as const
export type Role = (typeof ROLES)[number]

export type Device = { readonly id: DeviceId; readonly name: string; readonly role: Role }

/** Who did it, for the audit trail. */
export type Actor = { readonly device: DeviceId; readonly name: string; readonly address: string }

/** A plan's card on the home screen. */
export type PlanCard = {
  readonly plan: Plan
  readonly protection: Protection
  readonly nextDueAt: Date | undefined
  /** Its time has come, and it runs when this has ended. */
  readonly waitsFor: 'ON_BATTERY' | 'ON_METERED' | undefined
  readonly lastRun: Run | undefined
  readonly running: Run | undefined
  readonly lastSnapshotAt: Date | undefined
  readonly lastProof: Proof | undefined
  /** The newest drill: how long everything would take to come back. */
  readonly lastDrill: Proof | undefined
  /** What is wrong with the sign-in to its remote. */
  readonly signIn: SignInTrouble | undefined
  /** The second copies of its vault, in the plan's order. */
  readonly copies: readonly CopyStatus[]
  /** The last fourteen days, oldest first. */
  readonly strip: readonly StripDay[]
}

export type Home = {
  readonly machine: string
  readonly agentVersion: string
  readonly now: Date
  readonly verdict: Protection
  readonly plans: readonly PlanCard[]
  readonly recentRuns: readonly Run[]
  /** Sentences about the installation itself that a person should know (an old rclone, no service, …). */
  readonly notices: readonly { readonly code: string; readonly sentence: string; readonly next: string }[]
}

export type SnapshotInfo = {
  readonly id: SnapshotId
  readonly at: Date
  readonly machine: string
  readonly plan: string | null
  readonly outcome: 'complete' | 'incomplete' | 'checkpoint'
  readonly files: number
  readonly bytes: number
  readonly bytesStored: number
  readonly labels: readonly string[]
}

/** One entry of a folder inside a snapshot. `path` is what `restore` takes back: label/…, opaque to screens. */
export type BrowseEntry = {
  readonly name: string
  readonly path: string
  readonly kind: 'file' | 'dir' | 'link' | 'other'
  readonly size: number
  readonly modifiedAt: Date
}

/** What lives at a place that a person chose for a vault. */
export type PlaceFindings =
  | { readonly kind: 'new' | 'empty' }
  | { readonly kind: 'vault'; readonly encrypted: boolean; readonly snapshots: number | null }
  | { readonly kind: 'occupied'; readonly examples: readonly string[] }
  | { readonly kind: 'unreachable'; readonly message: string; readonly next: string }

export type FolderListing = {
  readonly path: string
  readonly parent: string | null
  readonly folders: readonly { readonly name: string; readonly path: string; readonly readable: boolean }[]
  /** True when there are more; they come with the last name as `after`. */
  readonly cut: boolean
}

export type NewPlan = {
  readonly name: string
  readonly sources: readonly Source[]
  readonly place: VaultPlace
  /** Empty for a plain vault. For a place that holds a vault already, its passphrase. */
  readonly passphrase: string | null
  readonly schedule: Schedule
  readonly options: PlanOptions
}

/** What of a plan may be changed later. */
export type PlanChange = {
  readonly name?: string | undefined
  readonly sources?: readonly Source[] | undefined
  readonly schedule?: Schedule | undefined
  readonly options?: PlanOptions | undefined
}

/** rclone's own count of what it does for a run. Bytes as the remote gets them, encrypted where the vault is. */
export type RunTransfers = {
  readonly bytes: number
  readonly bytesPerSecond: number
  readonly transfers: number
  readonly checks: number
  readonly errors: number
  readonly lastError: string | null
  readonly inFlight: readonly {
    readonly name: string
    readonly bytes: number
    readonly size: number | null
    readonly bytesPerSecond: number
  }[]
}

/** Everything that happens, in one union; sent to every paired device in order. */
export type LiveEvent =
  | { readonly type: 'hello'; readonly agentVersion: string; readonly now: Date }
  | { readonly type: 'run'; readonly run: Run }
  | { readonly type: 'progress'; readonly runId: RunId; readonly planId: PlanId; readonly progress: Progress }
  | { readonly type: 'log'; readonly runId: RunId; readonly line: LogLine }
  | { readonly type: 'plans' }
  /** Something went wrong or right again. */
  | { readonly type: 'incidents' }
  /** Another machine was heard, or not. */
  | { readonly type: 'machines' }
  | { readonly type: 'restore'; readonly restore: Restore }
  /** The client missed events that are no longer kept: it should ask for everything again. */
  | { readonly type: 'resync' }

/** The ports that the procedures need; the agent's context fits them. Each rejects with a HoldfastError. */
export type ApiPorts = {
  readonly home: (timeZone: string) => Promise<Home>
  readonly plans: {
    list(): Promise<Plan[]>
    /** Makes or opens the vault, stores the plan, arms its schedule. Nothing is stored when any step fails. */
    create(plan: NewPlan, actor: Actor): Promise<Plan>
    setPaused(id: PlanId, paused: boolean, actor: Actor): Promise<Plan>
    /** Changes what is named, from the next run on; a changed schedule counts from now. */
    update(id: PlanId, change: PlanChange, actor: Actor): Promise<Plan>
    /** A paused copy on the same vault, under another name. */
    duplicate(id: PlanId, name: string, actor: Actor): Promise<Plan>
    /**
     * The plan runs no more; its snapshots stay in the vault and can be restored there. PLAN_RUNNING while it runs.
     */
    remove(id: PlanId, actor: Actor): Promise<void>
    /** Brings a second copy of the plan's vault up to date now. Resolves when it has begun. COPY_RUNNING. */
    copyNow(id: PlanId, place: VaultPlace, actor: Actor): Promise<void>
    /** The change that made the last run's source suspect was meant: retention goes on. Nothing to do otherwise. */
    acceptChange(id: PlanId, actor: Actor): Promise<void>
    /** What a set of keep rules would keep of the plan's snapshots as they are now, newest first; changes nothing. */
    previewRetention(
      id: PlanId,
      keep: KeepRules,
      timeZone: string,
    ): Promise<{ id: SnapshotId; at: Date; keep: boolean; reasons: string[] }[]>
  }
  readonly hooks: HooksPort
  readonly remotes: RemotesPort
  readonly runs: {
    /** Starts the plan's own job by hand. Rejects with PLAN_RUNNING when it runs already. */
    start(id: PlanId, actor: Actor): Promise<Run>
    /** Resolves when engine and transfers have stopped, not before. */
    cancel(id: RunId, actor: Actor): Promise<Run>
    get(id: RunId): Promise<Run>
    /** Newest first; `before` is the id of the last run of the page before. */
    list(query: { planId?: PlanId | undefined; before?: RunId | undefined; limit: number }): Promise<Run[]>
    /** Oldest first, the newest `limit` lines. */
    log(id: RunId, limit: number): Promise<LogLine[]>
    /** What rclone itself says of a run's transfers; null while it does not run. */
    transfers(id: RunId, signal: AbortSignal): Promise<RunTransfers | null>
  }
  readonly snapshots: {
    /** Newest first. */
    list(planId: PlanId): Promise<SnapshotInfo[]>
    /** Entries of one folder in name order; `after` is the last path of the page before. */
    browse(query: {
      planId: PlanId
      snapshot: SnapshotId
      path: string
      after?: string | undefined
      limit: number
    }): Promise<{ entries: BrowseEntry[]; more: boolean }>
  }
  readonly restores: RestoresPort
  readonly drills: DrillsPort
  readonly find: FindPort
  readonly setup: {
    /** One page, in the order of the names with hidden ones last; `after` is the last name of the page before. */
    folders(path: string | undefined, after: string | undefined): Promise<FolderListing>
    /** Where a restore goes unless told otherwise, and what a new plan would start with. */
    suggestions(): Promise<{
      home: string
      restoreDir: string
      vaultDir: string
      timeZone: string
      sources: string[]
    }>
    remotes(): Promise<{ name: string; type: string }[]>
    /** Takes the place's remote over from the user's own rclone configuration first, where that has it. */
    inspectPlace(place: VaultPlace, actor: Actor): Promise<PlaceFindings>
    /** Opens the vault at a place and keeps nothing of it. LOCKED when the passphrase does not; NOT_A_VAULT. */
    tryPassphrase(place: VaultPlace, passphrase: string, actor: Actor): Promise<{ snapshots: number }>
  }
  readonly sources: SourcesPort
  readonly know: KnowPort
  readonly audit: AuditPort
  readonly metrics: MetricsPort
  readonly lan: LanPort
  readonly machines: MachinesPort
  readonly service: ServicePort
  readonly reports: ReportsPort
  readonly bandwidth: BandwidthPort
  readonly kit: KitPort
  readonly recover: RecoverPort
  readonly devices: DevicesPort
  /**
   * Live events from `lastEventId` on (from now without it), each with its id, until `signal` aborts. A client that
   * is too far behind gets `resync` first.
   */
  readonly events: (
    lastEventId: string | undefined,
    signal: AbortSignal,
  ) => AsyncIterable<{ id: string; event: LiveEvent }>
}

/** What each request brings along. */
export type ApiContext = {
  readonly ports: ApiPorts
  /** Undefined until paired: then nothing but pairing answers. */
  readonly device: Device | undefined
  /** True when a mutation also carried the device's secret header; queries don't need it. */
  readonly secretShown: boolean
  /** Whether the person at the device confirmed lately that it is them; always so at the machine's own console. */
  readonly confirmed: boolean
  readonly address: string
  /** Hands the browser its session cookie. */
  setSession(session: string): void
}
