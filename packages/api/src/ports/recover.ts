import type {
  ConflictRule,
  PathMapping,
  PlanId,
  Restore,
  RestoreStage,
  SnapshotId,
  Standing,
  VaultId,
  VaultPlace,
  WriterId,
} from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** Where the old machine's vault is, and what opens it: a recovery kit, or its place by hand. */
export type RecoverFrom = {
  /** The kit's text, or the texts of its QR codes in any order; null for a place by hand. */
  readonly kit: string | null
  /** Null for the place that the kit names; with a kit it may be another one. */
  readonly place: VaultPlace | null
  /** Null for a plain vault. */
  readonly passphrase: string | null
  /** What `rclone authorize` printed, for each remote that has to be signed in to again. */
  readonly tokens: Readonly<Record<string, string>>
}

export type HeldRemote = {
  readonly name: string
  readonly type: string
  /** Why it is not brought back; null when it is. */
  readonly refused: string | null
}

/** A machine whose history lies in the vault. */
export type FoundMachine = {
  readonly writer: WriterId
  readonly machine: string
  readonly snapshots: number
  readonly newest: {
    readonly id: SnapshotId
    readonly at: Date
    readonly files: number
    readonly bytes: number
  } | null
  /** Since when which installation writes as it; null when none claimed it. */
  readonly claimed: { readonly machine: string; readonly since: Date; readonly byThisOne: boolean } | null
  /** When its settings were stored; null when there are none, so that only its files can come back. */
  readonly settingsAt: Date | null
  readonly plans: readonly {
    readonly id: PlanId
    readonly name: string
    readonly sources: readonly string[]
    /** False for a plan on another vault, whose passphrase is needed once more. */
    readonly here: boolean
  }[]
  readonly remotes: readonly HeldRemote[]
}

export type RecoverFindings =
  | {
      readonly kind: 'sign-in'
      readonly remotes: readonly { readonly name: string; readonly type: string; readonly command: string }[]
    }
  | {
      readonly kind: 'open'
      readonly vault: VaultId
      readonly place: string
      readonly encrypted: boolean
      readonly kitMade: Date | null
      /** What to know before going on, each a sentence. */
      readonly notes: readonly string[]
      /** The one with the newest snapshot first. */
      readonly machines: readonly FoundMachine[]
    }

export const RECOVER_HOWS = ['read-only', 'take-over'] as const
export type RecoverHow = (typeof RECOVER_HOWS)[number]

export type Recovered = {
  readonly machine: string
  readonly how: RecoverHow
  readonly plans: readonly {
    readonly id: PlanId
    readonly name: string
    readonly sources: readonly string[]
  }[]
  readonly remotes: readonly HeldRemote[]
  readonly runs: number
  /** Of these, runs that only their snapshots tell of. */
  readonly newerRuns: number
  readonly auditEntries: number
  readonly notes: readonly string[]
}

/** What of a plan's files would come back, and in which order. */
export type RecoverData = {
  readonly planId: PlanId
  readonly name: string
  readonly snapshot: SnapshotId
  readonly at: Date
  readonly files: number
  readonly bytes: number
  readonly stages: readonly { readonly stage: RestoreStage; readonly paths: readonly string[] }[]
  /** Where each source lay and where it goes here; `here` is null for one that the plan does not have. */
  readonly sources: readonly { readonly label: string; readonly was: string; readonly here: string | null }[]
}

/** How far this home has come. */
export type RecoverState = {
  /** `empty`: nothing is set up; `set-up`: not by a recovery; otherwise what was recovered. */
  readonly kind: 'empty' | 'set-up' | 'recovered'
  readonly machine: string | null
  readonly how: RecoverHow | null
  /** One for each stage of each plan, in their order; null while it waits for its turn. */
  readonly restores: readonly {
    readonly planId: PlanId
    readonly stage: RestoreStage
    readonly restore: Restore | null
  }[]
  readonly restoring: boolean
  /** Plans that ran on the old machine and wait here for their files, or for somebody to say go. */
  readonly waiting: readonly {
    readonly id: PlanId
    readonly name: string
    readonly missing: readonly string[]
  }[]
  /** Other vaults of its plans, which the kit does not open: `unlock` does, with the passphrase of each. */
  readonly locked: readonly {
    readonly vault: VaultId
    readonly name: string
    readonly place: string
    readonly encrypted: boolean
    /** Names of the plans that wait for it. */
    readonly plans: readonly string[]
  }[]
  readonly standings: readonly (Standing & { readonly vault: VaultId; readonly vaultName: string })[]
}

export type RecoverPort = {
  state(): Promise<RecoverState>
  /** Opens the vault and tells what is in it. Changes nothing there. HOME_NOT_EMPTY, LOCKED, KIT_DAMAGED, REMOTE_*. */
  open(from: RecoverFrom, actor: Actor): Promise<RecoverFindings>
  /**
   * Brings settings, remotes, plans, history and audit of a machine back. With `take-over` this installation writes as
   * that machine from now on. Plans stay paused until `resume`. The vault must have been opened before.
   */
  bring(
    request: {
      readonly vault: VaultId
      readonly writer: WriterId
      readonly how: RecoverHow
      readonly mappings: readonly PathMapping[]
    },
    actor: Actor,
  ): Promise<Recovered>
  /** What files would come back. */
  data(): Promise<RecoverData[]>
  /**
   * Begins to restore the newest snapshot of plans, stage by stage, into a folder of their own below `targetDir`, or
   * with null into their original places. Answers when it has begun.
   */
  restore(
    request: {
      readonly planIds: readonly PlanId[]
      readonly targetDir: string | null
      readonly conflict: ConflictRule
    },
    actor: Actor,
  ): Promise<RecoverState>
  /** Switches the schedules of plans on whose sources are all there; with `all` also the others'. READ_ONLY. */
  resume(request: { readonly all: boolean }, actor: Actor): Promise<RecoverState>
  /**
   * Opens another vault of the recovered machine and keeps its key: its plans' files can come back then, and its plans
   * be resumed. After a take-over this installation writes there too. NOT_A_VAULT, LOCKED, PASSPHRASE_MISSING, REMOTE_*.
   */
  unlock(
    request: { readonly vault: VaultId; readonly passphrase: string | null },
    actor: Actor,
  ): Promise<RecoverState>
  /** Takes a machine over that this home only reads, or back from the installation that took it. */
  takeOver(vault: VaultId, actor: Actor): Promise<RecoverState>
}
