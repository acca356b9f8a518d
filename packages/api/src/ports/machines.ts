import type { Outcome, Protection, ProtectionState } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** A plan of another machine, as that one told it when it was last heard. */
export type WatchedPlan = {
  readonly name: string
  readonly paused: boolean
  readonly state: ProtectionState
  readonly running: boolean
  readonly lastSnapshotAt: Date | null
  /** How its last run ended. */
  readonly lastOutcome: Outcome | null
  readonly nextDueAt: Date | null
}

/** Another machine with an agent of its own, which this one asks every few minutes how it is. */
export type WatchedMachine = {
  readonly id: string
  /** As it calls itself. */
  readonly name: string
  /** Where it answers, `https://…`: its own app as well. */
  readonly origin: string
  /** SHA-256 of the authority that its certificate comes from. */
  readonly fingerprint: string
  /** Silent for longer is an incident. */
  readonly silentAfterHours: number
  readonly addedAt: Date
  readonly heardAt: Date
  /** What it said of its backups when it was last heard. */
  readonly verdict: Pick<Protection, 'state' | 'sentence'>
  /** Its plans then, in its own order; at most fifty. */
  readonly plans: readonly WatchedPlan[]
  /** Why it was not heard the last time it was asked, and what to do; null when it was, or was not asked yet. */
  readonly problem: { readonly sentence: string; readonly next: string } | null
}

/** A machine that was added, or that waits until an owner there lets this one in. */
export type AddedMachine =
  | { readonly kind: 'added'; readonly machine: WatchedMachine }
  | {
      readonly kind: 'waiting'
      /** Asks again for the answer. */
      readonly ticket: string
      /** What has to stand on the owner's screen there. */
      readonly number: string
    }

/** A machine that says on the network that it is there. Anybody can say so: only its certificate proves it. */
export type NearbyMachine = {
  /** As it calls itself; at most 60 characters, all of them printable. */
  readonly name: string
  readonly origin: string
}

/** Other machines that this one watches. */
export type MachinesPort = {
  /** In the order they were added. */
  list(): Promise<readonly WatchedMachine[]>
  /**
   * Those on the network that are neither this one nor watched, by name; at most fifty. Takes some seconds, and rejects
   * when `signal` aborts. None where the network carries no multicast.
   */
  nearby(signal: AbortSignal): Promise<readonly NearbyMachine[]>
  /** The fingerprint of the certificate at an address, to be compared by a person. AGENT_UNREACHABLE. */
  look(address: string): Promise<{ readonly origin: string; readonly fingerprint: string }>
  /**
   * Becomes a viewer of the agent there, by a one-time code that it showed. NOT_ALLOWED when it shows another certificate
   * than the compared one; INPUT_INVALID when it is watched already, is this machine, or the code gives another role.
   */
  add(
    request: {
      readonly address: string
      readonly code: string
      readonly fingerprint: string
      readonly silentAfterHours: number
    },
    actor: Actor,
  ): Promise<AddedMachine>
  /** What became of a machine whose owner was to let this one in. INPUT_INVALID for a ticket nobody knows. */
  collect(ticket: string, actor: Actor): Promise<AddedMachine>
  /** Asks it now. */
  ask(id: string, actor: Actor): Promise<WatchedMachine>
  setSilence(id: string, silentAfterHours: number, actor: Actor): Promise<WatchedMachine>
  /** Watches it no more. It still has this machine in its list of devices. */
  remove(id: string, actor: Actor): Promise<void>
}
