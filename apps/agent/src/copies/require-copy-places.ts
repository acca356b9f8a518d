import type { Actor } from '@holdfast/api'
import {
  checkCopyPlace,
  formatPlace,
  HoldfastError,
  isSamePlace,
  toHoldfastError,
  type Vault,
  type VaultPlace,
} from '@holdfast/domain'
import { isOwnRemote } from '@holdfast/rclone'
import { auditActor } from '../audit.ts'
import type { Vaults } from '../vaults/vaults.ts'

/**
 * Refuses places for second copies that can't be: the vault itself, a place named twice, and, of those not in `known`,
 * one that holds other files or another vault, or can't be reached. The error names the field of the place.
 */
export async function requireCopyPlaces(
  vault: Pick<Vault, 'place'> & Partial<Pick<Vault, 'id'>>,
  { copies, known }: { copies: readonly VaultPlace[]; known: readonly VaultPlace[] },
  { vaults, actor }: { vaults: Pick<Vaults, 'inspect'>; actor: Actor },
): Promise<void> {
  for (const [i, place] of copies.entries())
    try {
      checkCopyPlace(vault.place, place)
      if (copies.slice(0, i).some((other) => isSamePlace(other, place)))
        throw new HoldfastError('INPUT_INVALID', `${formatPlace(place)} is named twice.`)
      if (place.kind === 'remote' && isOwnRemote(place.remote))
        throw new HoldfastError('REMOTE_REFUSED', `The remote ${place.remote} is one of Holdfast's own.`)
      if (known.some((other) => isSamePlace(other, place))) continue
      const found = await vaults.inspect(place, auditActor(actor))
      if (found.kind === 'occupied')
        throw new HoldfastError(
          'PLACE_NOT_EMPTY',
          `${formatPlace(place)} holds other things: ${found.examples.join(', ')}.`,
        )
      if (found.kind === 'vault' && found.id !== vault.id)
        throw new HoldfastError('VAULT_EXISTS', `Another vault lies at ${formatPlace(place)}.`, {
          next: 'Choose an empty folder for the second copy.',
        })
    } catch (error) {
      const { code, message, next, cause } = toHoldfastError(error)
      throw new HoldfastError(code, message, { next, cause, fields: { [`options.copies.${i}`]: [message] } })
    }
}
