import { HoldfastError, Standing, type VaultId } from '@holdfast/domain'
import type { History } from '@holdfast/history'

/** What this installation may write where. Without a standing it is the writer of its machine in that vault. */
export type Standings = {
  of(vault: VaultId): Promise<Standing | undefined>
  /** READ_ONLY or TAKEN_OVER where nothing may be written. */
  checkWriter(vault: VaultId): Promise<void>
  set(vault: VaultId, standing: Standing): Promise<void>
  clear(vault: VaultId): Promise<void>
}

export function createStandings(parts: { history: Pick<History, 'settings'>; now: () => Date }): Standings {
  const { history, now } = parts
  const of = async (vault: VaultId) =>
    (await history.settings.get(keyOf(vault), Standing.nullable())) ?? undefined
  return {
    of,
    async checkWriter(vault) {
      const standing = await of(vault)
      if (standing === undefined) return
      const { kind, machine } = standing
      if (kind === 'reader')
        throw new HoldfastError('READ_ONLY', `This installation only reads what ${machine} backed up.`)
      throw new HoldfastError('TAKEN_OVER', `Another installation writes as ${machine} now.`)
    },
    set: (vault, standing) => history.settings.set(keyOf(vault), standing, now()),
    clear: (vault) => history.settings.set(keyOf(vault), null, now()),
  }
}

const keyOf = (vault: VaultId) => `standing-${vault}`
