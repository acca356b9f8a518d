import type { VaultId } from '@holdfast/domain'
import type { Actor } from '../context.ts'
import type { Download } from './restores.ts'

/** Whether a recovery kit of a vault was saved, and whether it still opens it as it is now. */
export type KitStatus = {
  readonly vault: VaultId
  readonly name: string
  readonly place: string
  readonly encrypted: boolean
  readonly savedAt: Date | null
  /** Why the one that was saved is out of date, as a sentence; null when it is not, or none was saved. */
  readonly outdated: string | null
  /** Holdfast itself, as this machine stored it there; null when it did not yet, or is not to. */
  readonly program: { readonly version: string; readonly bytes: number; readonly storedAt: Date } | null
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

export const PAPERS = ['a4', 'letter'] as const
export type Paper = (typeof PAPERS)[number]

export type KitPort = {
  list(): Promise<KitStatus[]>
  /** Makes the kit of a vault that a plan uses. It counts as saved once `saved` was called with its `made`. */
  make(vault: VaultId, actor: Actor): Promise<MadeKit>
  /**
   * A link to the kit made at that moment as pages to print, PDF: its place in clear, the kit sealed as QR codes and as
   * text. INPUT_INVALID when none was made then, or when it is too big for paper.
   */
  page(
    request: { readonly vault: VaultId; readonly made: Date; readonly paper: Paper },
    actor: Actor,
  ): Promise<Download>
  /**
   * A link to the clear emergency sheet of an encrypted vault, PDF: whoever reads it opens the vault. The passphrase is
   * asked again, LOCKED when it is another one; the sheet is kept nowhere but behind the link.
   */
  sheet(
    request: { readonly vault: VaultId; readonly passphrase: string; readonly paper: Paper },
    actor: Actor,
  ): Promise<Download>
  /** The kit made at that moment lies in a safe place now. INPUT_INVALID when none was made then. */
  saved(vault: VaultId, made: Date, actor: Actor): Promise<KitStatus>
}
