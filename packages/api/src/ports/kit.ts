import type { VaultId } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** Whether a recovery kit of a vault was saved, and whether it still opens it as it is now. */
export type KitStatus = {
  readonly vault: VaultId
  readonly name: string
  readonly place: string
  readonly encrypted: boolean
  readonly savedAt: Date | null
  /** Why the one that was saved is out of date, as a sentence; null when it is not, or none was saved. */
  readonly outdated: string | null
}

export type MadeKit = {
  readonly vault: VaultId
  readonly made: Date
  /** What to call the file. */
  readonly fileName: string
  /** The whole kit, sealed; the text of the file. */
  readonly text: string
  /** What a second machine will miss although it has the kit, each a sentence. */
  readonly notes: readonly string[]
}

export type KitPort = {
  list(): Promise<KitStatus[]>
  /** Makes the kit of a vault that a plan uses. It counts as saved once `saved` was called with its `made`. */
  make(vault: VaultId, actor: Actor): Promise<MadeKit>
  /** The kit made at that moment lies in a safe place now. INPUT_INVALID when none was made then. */
  saved(vault: VaultId, made: Date, actor: Actor): Promise<KitStatus>
}
